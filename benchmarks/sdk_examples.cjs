// Runs the examples that a generated TypeScript SDK has in the comments of its methods, each as a test of its own.
//
//     node sdk_examples.cjs PACKAGE [MOST]
//
// PACKAGE is the folder of the installed package. The base URL comes from TELNYX_BASE_URL. Writes TAP; every request says which
// example it is from, in the header X-Conformance-Test.

"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const folder = path.resolve(process.argv[2]);
const most = Number(process.argv[3] || Infinity);
const { default: Telnyx } = require(folder);
const Run = Object.getPrototypeOf(async () => {}).constructor;

function* files(at) {
  for (const entry of fs.readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = path.join(at, entry.name);
    if (entry.isDirectory()) yield* files(inner);
    else if (entry.name.endsWith(".js")) yield inner;
  }
}

function* examples() {
  const seen = new Set();
  for (const file of files(path.join(folder, "resources"))) {
    for (const [, block] of fs.readFileSync(file, "utf8").matchAll(/@example\s*\* ```ts\n([\s\S]*?)\* ```/g)) {
      const code = block.replace(/^\s*\* ?/gm, "");
      const name = /client\s*\.([\w\s.]+?)\(/.exec(code)?.[1].replace(/\s/g, "");
      if (name && !seen.has(name)) {
        seen.add(name);
        yield [name, code];
      }
    }
  }
}

async function main() {
  // Examples upload files by paths of their own making.
  const file = path.join(os.tmpdir(), `example-${process.pid}.txt`);
  fs.writeFileSync(file, "example");
  const some = { ...fs, createReadStream: () => fs.createReadStream(file) };
  let number = 0;
  let failed = 0;
  for (const [name, code] of examples()) {
    if (number >= most) break;
    number += 1;
    const client = new Telnyx({
      apiKey: "KEY0123456789ABCDEF_examples", timeout: 10_000, defaultHeaders: { "X-Conformance-Test": name },
    });
    try {
      await new Run("client", "fs", "console", code)(client, some, { log() {} });
      console.log(`ok ${number} - ${name}`);
    } catch (raised) {
      failed += 1;
      console.log(`not ok ${number} - ${name}\n# ${String(raised).split("\n")[0].slice(0, 200)}`);
    }
  }
  console.log(`1..${number}\n# ${failed} failed`);
  fs.unlinkSync(file);
}

main();
