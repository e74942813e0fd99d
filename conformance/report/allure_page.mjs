// The Allure page of a folder of results: node allure_page.mjs MODULES OUT TITLE RESULTS
// What `allure generate` does, without its command line, which is a third of the time of a small report.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, output, title, results] = process.argv.slice(2);
const core = join(modules, "@allurereport", "core", "dist", "index.js");
const { AllureReport, resolveConfig } = await import(pathToFileURL(core).href);
const options = { reportName: title, singleFile: true, groupBy: ["epic", "feature", "story"], reportLanguage: "en" };
const report = new AllureReport(await resolveConfig({ name: title, output, plugins: { awesome: { options } } }));
await report.start();
await report.readDirectory(results);
await report.done();
