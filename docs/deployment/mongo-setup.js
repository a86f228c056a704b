// Makes the three members a replica set and the service's user, who may use its own database and nothing else. Run by
// compose.yaml with mongosh; run again it changes nothing.
const fs = require("fs");
const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim();
const root = `root:${encodeURIComponent(secret("mongo_root_password"))}`;
const members = ["mongo1:27017", "mongo2:27017", "mongo3:27017"];

const first = connect(`mongodb://${root}@mongo1:27017/admin?directConnection=true`);
const state = first.runCommand({ replSetGetStatus: 1 });
if (!state.ok && state.codeName !== "NotYetInitialized") throw new Error(state.errmsg);
if (!state.ok) {
  const config = { _id: "wxbot", members: members.map((host, number) => ({ _id: number, host })) };
  const made = first.runCommand({ replSetInitiate: config });
  if (!made.ok) throw new Error(made.errmsg);
}

const set = connect(`mongodb://${root}@${members.join(",")}/wxbot?replicaSet=wxbot&authSource=admin`);
const user = { pwd: secret("mongo_user_password"), roles: [{ role: "readWrite", db: "wxbot" }] };
if (set.getUser("wxbot") === null) set.createUser({ user: "wxbot", ...user });
else set.updateUser("wxbot", user);
print("The replica set and its user are ready.");
