// PostGraphile as it comes, on our tables and those that somebody would write by hand.
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

export default {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.COMPARE_DATABASE,
      schemas: ["public", "bare"],
      poolConfig: { max: 16 },
    }),
  ],
  // Nothing is written, and of a case's parts plain lists are asked.
  schema: { defaultBehavior: "-insert -update -delete -node +connection +list" },
  grafserv: { host: "127.0.0.1", port: Number(process.env.COMPARE_PORT), graphiql: false, watch: false },
};
