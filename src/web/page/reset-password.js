"use strict";

// The token is read once and taken out of the address, so that it does not stay in the browser's history.
const token = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, "", location.pathname);

const form = document.getElementById("reset");
const said = document.getElementById("said");
const say = (text) => { said.textContent = text; };

if (!token) {
  form.hidden = true;
  say("This address holds no token. Open the whole link from the message, or ask for a new one.");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const password = form.password.value;
  if (password !== form.again.value) {
    say("The two passwords differ; type the same one twice.");
    return;
  }
  const query = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { errors { message } } }";
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch("graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables: { input: { token, password } } }),
    });
    const { data, errors } = await answer.json();
    const wrong = errors ?? data.resetPassword.errors;
    if (wrong.length) {
      say(wrong.map((error) => error.message).join("\n"));
    } else {
      form.hidden = true;
      say("Your password is set. Everybody who was signed in to your account has been signed out; sign in with the new one.");
    }
  } catch {
    say("The service gave no answer, so it is not known whether your password was changed. Try to sign in with the new one, or try again.");
  } finally {
    button.disabled = false;
  }
});
