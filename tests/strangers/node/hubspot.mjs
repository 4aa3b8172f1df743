// What HubSpot's own client for Node does to the portal that the environment names; prints JSON.
import { createRequire } from "node:module";

const { Client } = createRequire(process.env.MODULES + "/")("@hubspot/api-client");

const portal = new Client({
  accessToken: process.env.TOKEN,
  basePath: process.env.ADDRESS,
  numberOfApiCallRetries: 0,
});
const deals = portal.crm.deals;
const tasks = portal.crm.objects.tasks;

const acts = {
  async crud() {
    const [pipeline] = (await portal.crm.pipelines.pipelinesApi.getAll("deals")).results;
    const stage = { dealstage: pipeline.stages[0].id, pipeline: pipeline.id };
    const made = await deals.basicApi.create({
      properties: { dealname: "Ünïcode & <b>", ...stage },
      associations: [],
    });
    const read = await deals.basicApi.getById(made.id, ["dealname", "dealstage"]);
    const changed = await deals.basicApi.update(made.id, { properties: { amount: "1200.50" } });
    await deals.basicApi.archive(made.id);
    let after = null;
    try {
      await deals.basicApi.getById(made.id);
    } catch (error) {
      after = error.code;
    }
    return { name: read.properties.dealname, amount: changed.properties.amount, after };
  },
  async pages() {
    const found = await deals.getAll(2, undefined, ["dealname"]);
    return { names: found.map((one) => one.properties.dealname).sort() };
  },
  async search() {
    const found = [];
    let after = undefined;
    do {
      const page = await deals.searchApi.doSearch({
        filterGroups: [{ filters: [{ propertyName: "dealname", operator: "CONTAINS_TOKEN", value: "Rollout" }] }],
        sorts: ["dealname"], properties: ["dealname"], limit: 3, after,
      });
      found.push(...page.results.map((one) => one.properties.dealname));
      after = page.paging?.next?.after;
    } while (after);
    return { found };
  },
  async batches() {
    const made = await tasks.batchApi.create({
      inputs: ["One", "Two"].map((subject) => ({
        properties: { hs_task_subject: subject, hs_timestamp: process.env.NOW },
        associations: [],
      })),
    });
    const ids = made.results.map((one) => ({ id: one.id }));
    const changed = await tasks.batchApi.update({
      inputs: ids.map(({ id }) => ({ id, properties: { hs_task_status: "COMPLETED" } })),
    });
    const read = await tasks.batchApi.read({
      inputs: [...ids, { id: "999999999" }], properties: ["hs_task_subject", "hs_task_status"],
      propertiesWithHistory: [],
    });
    await tasks.batchApi.archive({ inputs: ids });
    return {
      made: made.status, changed: changed.results.length,
      read: read.results.map((one) => [one.properties.hs_task_subject, one.properties.hs_task_status]),
      errors: (read.errors ?? []).length,
    };
  },
  async associations() {
    const [deal] = await deals.getAll(1);
    const [contact] = await portal.crm.contacts.getAll(1);
    await portal.crm.associations.v4.basicApi.createDefault("deals", deal.id, "contacts", contact.id);
    const one = await portal.crm.associations.v4.basicApi.getPage("deals", deal.id, "contacts");
    const many = await portal.crm.associations.v4.batchApi.getPage("deals", "contacts", {
      inputs: [{ id: deal.id }],
    });
    return {
      contact: contact.id, one: one.results.map((found) => String(found.toObjectId)),
      many: many.results.flatMap((found) => found.to.map((to) => String(to.toObjectId))),
    };
  },
  async properties() {
    const found = await portal.crm.properties.coreApi.getAll("deals");
    const made = await portal.crm.properties.coreApi.create("tasks", {
      name: "strangers_key", label: "Key", type: "string", fieldType: "text",
      groupName: "task", hasUniqueValue: true,
    });
    const read = await portal.crm.properties.coreApi.getByName("tasks", "strangers_key");
    return {
      some: found.results.some((one) => one.name === "dealstage"),
      made: made.name, unique: read.hasUniqueValue,
    };
  },
  async owners() {
    const page = await portal.crm.owners.ownersApi.getPage();
    return { emails: page.results.map((one) => one.email) };
  },
  async pipelines() {
    const page = await portal.crm.pipelines.pipelinesApi.getAll("deals");
    return { stages: page.results[0].stages.map((one) => one.label) };
  },
  async mistakes() {
    const told = [];
    for (const act of [
      () => deals.basicApi.getById("999999999"),
      () => deals.basicApi.create({ properties: { nonsense: "1" }, associations: [] }),
    ]) {
      try {
        await act();
      } catch (error) {
        told.push([error.code, error.body.category]);
      }
    }
    return { told };
  },
};

const said = await acts[process.argv[2]]();
process.stdout.write(JSON.stringify(said));
