"use strict";

const signIn = document.getElementById("sign-in");
const choose = document.getElementById("choose");
const kinds = document.getElementById("kinds");
const said = document.getElementById("said");
const say = (text) => { said.textContent = text; };
const words = { AT_ONCE: "At once", DIGEST: "In the daily digest", OFF: "Not at all" };
const fields = "digestHour tasksInDigest kinds { kind meaning timing choices }";
// Kept in this page alone, and gone with it.
let token = null;

// What the service answers, or why it did not.
async function ask(query, variables) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  try {
    const answer = await fetch("graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await answer.json();
    return { data, wrong: errors ?? [] };
  } catch {
    return { data: null, wrong: [{ message: "The service gave no answer. Try again." }] };
  }
}

// Disables the form's button while something is under way.
async function during(form, what) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await what();
  } finally {
    button.disabled = false;
  }
}

function option(value, text, chosen) {
  const option = document.createElement("option");
  option.value = value;
  option.textContent = text;
  option.selected = chosen;
  return option;
}

function show(preferences) {
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const clock = (hour) => `${String(hour).padStart(2, "0")}:00`;
  choose.hour.replaceChildren(...hours.map((hour) => option(hour, clock(hour), hour === preferences.digestHour)));
  choose.tasks.checked = preferences.tasksInDigest;
  kinds.replaceChildren(...preferences.kinds.map(({ kind, meaning, timing, choices }) => {
    const row = document.createElement("tr");
    const what = document.createElement("th");
    what.scope = "row";
    what.id = `about-${kind}`;
    what.textContent = meaning;
    const select = document.createElement("select");
    select.name = kind;
    select.disabled = choices.length < 2;
    select.setAttribute("aria-labelledby", what.id);
    select.append(...choices.map((choice) => option(choice, words[choice], choice === timing)));
    const when = document.createElement("td");
    when.append(select);
    row.append(what, when);
    return row;
  }));
}

signIn.addEventListener("submit", (event) => {
  event.preventDefault();
  during(signIn, async () => {
    const input = { email: signIn.email.value, password: signIn.password.value };
    const opened = await ask("mutation ($input: SignInInput!) { signIn(input: $input) { token errors { message } } }", { input });
    const wrong = [...opened.wrong, ...(opened.data?.signIn?.errors ?? [])];
    if (wrong.length) {
      say(wrong.map((error) => error.message).join("\n"));
      return;
    }
    token = opened.data.signIn.token;
    const found = await ask(`{ viewer { mailPreferences { ${fields} } } }`);
    if (found.wrong.length) {
      say(found.wrong.map((error) => error.message).join("\n"));
      return;
    }
    signIn.hidden = true;
    choose.hidden = false;
    say("");
    show(found.data.viewer.mailPreferences);
  });
});

choose.addEventListener("submit", (event) => {
  event.preventDefault();
  during(choose, async () => {
    const chosen = [...kinds.querySelectorAll("select:enabled")];
    const input = {
      digestHour: Number(choose.hour.value),
      tasksInDigest: choose.tasks.checked,
      kinds: chosen.map((select) => ({ kind: select.name, timing: select.value })),
    };
    const set = await ask(
      `mutation ($input: SetMailPreferencesInput!) { setMailPreferences(input: $input) { mailPreferences { ${fields} } errors { message } } }`,
      { input },
    );
    const wrong = [...set.wrong, ...(set.data?.setMailPreferences?.errors ?? [])];
    if (wrong.length) {
      say(wrong.map((error) => error.message).join("\n"));
      return;
    }
    show(set.data.setMailPreferences.mailPreferences);
    say("Your choices are kept.");
  });
});

// A session that nobody will use again ends with the page.
addEventListener("pagehide", () => {
  if (!token) return;
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const body = JSON.stringify({ query: "mutation { signOut { errors { code } } }" });
  fetch("graphql", { method: "POST", headers, body, keepalive: true });
});
