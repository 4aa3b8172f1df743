// What jsforce for Node does to the org that the environment names; prints what came of it as JSON.
import { createRequire } from "node:module";

const { Connection } = createRequire(process.env.MODULES + "/")("@jsforce/jsforce-node");

const org = new Connection({
  instanceUrl: process.env.ADDRESS,
  accessToken: process.env.TOKEN,
  version: "62.0",
});
org.bulk2.pollInterval = 20;
org.bulk2.pollTimeout = 10000;

const all = async (records) => {
  const found = [];
  for await (const one of records) found.push(one);
  return found;
};

const acts = {
  async identity() {
    const said = await org.identity();
    return { user: said.user_id, org: said.organization_id };
  },
  async versions() {
    return { last: (await org.request("/services/data/")).at(-1) };
  },
  async describe() {
    const said = await org.sobject("Opportunity").describe();
    return { name: said.name, fields: said.fields.map((one) => one.name) };
  },
  async pages() {
    const records = (
      await org.query("SELECT Id, Name, Account.Name FROM Opportunity ORDER BY Name", {
        autoFetch: true, maxFetch: 10000, headers: { "Sforce-Query-Options": "batchSize=200" },
      })
    ).records;
    return { names: records.map((one) => one.Name), account: records[0].Account.Name };
  },
  async find() {
    const records = await org
      .sobject("Opportunity")
      .find({ StageName: "Prospecting", Amount: { $gte: 100 } }, "Id, Name, Amount")
      .sort({ Amount: -1 })
      .limit(3);
    return { amounts: records.map((one) => one.Amount) };
  },
  async bulk() {
    const stream = await org.bulk2.query("SELECT Id, Name, Amount FROM Opportunity");
    const rows = await stream.toArray();
    return { rows };
  },
  async bulkDeleted() {
    const stream = await org.bulk2.query("SELECT Id, IsDeleted FROM Opportunity", { scanAll: true });
    return { rows: await stream.toArray() };
  },
  async crud() {
    const tasks = org.sobject("Task");
    const made = await tasks.create({ Subject: "Call back", Description: "Ünïcode & <b>" });
    const read = await tasks.retrieve(made.id);
    const changed = await tasks.update({ Id: made.id, Subject: "Called back" });
    const again = await tasks.retrieve(made.id);
    const gone = await tasks.destroy(made.id);
    let after = null;
    try {
      await tasks.retrieve(made.id);
    } catch (error) {
      after = error.errorCode ?? error.name;
    }
    return {
      made: made.success, read: read.Description, changed: changed.success,
      subject: again.Subject, gone: gone.success, after,
    };
  },
  async collections() {
    const tasks = org.sobject("Task");
    const made = await tasks.create([{ Subject: "One" }, { Subject: "Two" }, { Nonsense: 1 }]);
    const ids = made.filter((one) => one.success).map((one) => one.id);
    const changed = await tasks.update(ids.map((Id) => ({ Id, Status: "Completed" })));
    const read = await tasks.retrieve(ids);
    const gone = await tasks.destroy(ids);
    return {
      made: made.map((one) => one.success), code: made[2].errors[0].statusCode,
      changed: changed.map((one) => one.success), status: read.map((one) => one.Status),
      gone: gone.map((one) => one.success),
    };
  },
  async upsert() {
    const tasks = org.sobject("Task");
    const key = "Followthrough_Key__c";
    const first = await tasks.upsert({ [key]: "ft_one", Subject: "First" }, key);
    const second = await tasks.upsert({ [key]: "ft_one", Subject: "Second" }, key);
    const found = await org.query(`SELECT Id, Subject FROM Task WHERE ${key} = 'ft_one'`);
    return {
      first: first.created, second: second.created,
      subjects: found.records.map((one) => one.Subject),
    };
  },
  async mistakes() {
    const codes = [];
    for (const soql of ["SELECT Nope FROM Opportunity", "SELECT Id FRM Task", "SELECT Id FROM Nope"]) {
      try {
        await org.query(soql);
      } catch (error) {
        codes.push(error.errorCode);
      }
    }
    return { codes };
  },
  async limits() {
    await org.limits();
    return { usage: org.limitInfo.apiUsage };
  },
  async deletedLately() {
    const until = new Date(new Date(process.env.NOW).getTime() + 60000); // what is of now is before it
    const since = new Date(until.getTime() - 86400000);
    const gone = await org.sobject("Opportunity").deleted(since.toISOString(), until.toISOString());
    const changed = await org.sobject("Opportunity").updated(since.toISOString(), until.toISOString());
    return { gone: gone.deletedRecords.map((one) => one.id), changed: changed.ids };
  },
};

const said = await acts[process.argv[2]]();
process.stdout.write(JSON.stringify(said));
