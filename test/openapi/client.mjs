// Validates the OpenAPI document of a server, generates a client from it, and calls the server
// with that client. Usage: PASSWORD=… NODE_EXTRA_CA_CERTS=… node client.mjs BASE USER FOLDER
import { Validator } from "@seriousme/openapi-schema-validator";
import { createClient } from "@hey-api/openapi-ts";
import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import ts from "typescript";

const [base, user, folder] = process.argv.slice(2);
const credentials = { Authorization: "Basic " + Buffer.from(`${user}:${process.env.PASSWORD}`).toString("base64") };

async function step(name, run) {
	await run();
	console.log("ok: " + name);
}

// transpile makes scripts that Node.js runs of the sources of the generated client.
async function transpile(root) {
	for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
		if (entry.isFile() && entry.name.endsWith(".ts")) {
			const name = path.join(entry.parentPath, entry.name);
			const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
			const { outputText } = ts.transpileModule(await readFile(name, "utf8"), { compilerOptions: options });
			await writeFile(name.replace(/\.ts$/, ".js"), outputText);
		}
	}
	await writeFile(path.join(root, "package.json"), '{"type":"commonjs"}');
}

// holds asserts that an error is as the document says that errors are.
function holds(error, schema) {
	const { properties, required } = document.components.schemas[schema];
	for (const member of required) {
		assert.ok(member in error, `${member} is missing in ${JSON.stringify(error)}`);
		assert.ok([properties[member].type].flat().includes(Number.isInteger(error[member]) ? "integer" : typeof error[member]), member);
	}
}

let document;
await step("the document is OpenAPI 3.1", async () => {
	const answer = await fetch(base + "/openapi.json", { headers: credentials });
	assert.equal(answer.status, 200);
	document = await answer.json();
	const validator = new Validator();
	const result = await validator.validate(structuredClone(document));
	assert.ok(result.valid, JSON.stringify(result.errors));
	assert.equal(validator.version, "3.1");
	const again = await fetch(base + "/openapi.json", { headers: { ...credentials, "If-None-Match": answer.headers.get("ETag") } });
	assert.equal(again.status, 304);
});

let api;
await step("a client is generated", async () => {
	const root = path.join(folder, "client");
	await createClient({
		input: document, output: root, logs: { level: "silent" },
		plugins: ["@hey-api/client-fetch", "@hey-api/sdk", "@hey-api/typescript"],
	});
	await transpile(root);
	const load = createRequire(import.meta.url);
	api = load(root);
	load(path.join(root, "client.gen.js")).client.setConfig({ baseUrl: new URL(document.servers[0].url, base).href, headers: credentials });
});

await step("TLPP", async () => {
	const page = await api.getApiSampleV1Customers({ query: { page: 3, pageSize: 10 } });
	assert.equal(page.data.hasNext, false);
	assert.equal(page.data.items.length, 5);
	const customer = { code: "G/1", name: "Pão & Cia", city: "Évora", credit: 12.5 };
	const made = await api.postApiSampleV1Customers({ body: customer });
	assert.equal(made.response.status, 201);
	const one = await api.getApiSampleV1CustomersByCode({ path: { code: "G/1" } });
	assert.deepEqual(one.data, customer);
	const changed = await api.putApiSampleV1CustomersByCode({ path: { code: "G/1" }, body: { ...customer, credit: 13 } });
	assert.equal(changed.data.credit, 13);
	const gone = await api.deleteApiSampleV1CustomersByCode({ path: { code: "G/1" } });
	assert.equal(gone.response.status, 204);
	const none = await api.getApiSampleV1CustomersByCode({ path: { code: "G/1" } });
	assert.equal(none.response.status, 404);
	holds(none.error, "Error");
});

await step("classic", async () => {
	const page = await api.getApiSampleV1Suppliers({ query: { name: "leite" } });
	assert.deepEqual(page.data.items.map((item) => item.name), ["Leite & Cia"]);
	const one = await api.getApiSampleV1SuppliersByCode({ path: { code: "S00003" } });
	assert.equal(one.data.code, "S00003");
	const none = await api.getApiSampleV1SuppliersByCode({ path: { code: "none" } });
	assert.equal(none.response.status, 404);
	holds(none.error, "ClassicError");
});

await step("Logix", async () => {
	const all = await api.getApiSampleV1Sizes({ query: { order: "code" } });
	assert.deepEqual(all.data.items.map((item) => item.code), ["L", "M", "S"]);
	const one = await api.getApiSampleV1SizesByParam1({ path: { param1: "M" } });
	assert.equal(one.data.width, 52);
	const fits = await api.postApiSampleV1Sizes({ body: { width: 50 } });
	assert.equal(fits.data.code, "M");
	const none = await api.getApiSampleV1SizesByParam1({ path: { param1: "XL" } });
	assert.equal(none.response.status, 404);
	holds(none.error, "Error");
});

await step("errors", async () => {
	const wrong = await api.getApiSampleV1Customers({ headers: { Authorization: "Basic " + Buffer.from("x:y").toString("base64") } });
	assert.equal(wrong.response.status, 401);
	holds(wrong.error, "Error");
});
