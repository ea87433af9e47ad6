/** The node's pages and DynamoDB's protocol. At the front door each region's pages are below its name. */

import { model } from "./model.js";

function base(region) {
  return model.frontDoor ? `/-/regions/${encodeURIComponent(region)}/` : "/-/";
}

async function answer(response) {
  let body;
  try {
    body = await response.json();
  } catch {
    throw new Error(`${response.url} answers ${response.status}, and no JSON`);
  }
  if (!response.ok) {
    throw new Error(body.error ?? body.message ?? body.Message ?? `${response.status} ${body.__type ?? ""}`);
  }
  return body;
}

function url(path, parameters) {
  const query = new URLSearchParams(parameters).toString();
  return query ? `${path}?${query}` : path;
}

export async function page(region, name, parameters = {}) {
  return answer(await fetch(url(base(region) + name, parameters), { cache: "no-store" }));
}

export async function action(region, name, parameters = {}) {
  return answer(await fetch(url(base(region) + name, parameters), { method: "POST" }));
}

export async function frontDoorAction(name, parameters) {
  return answer(await fetch(url(`/-/${name}`, parameters), { method: "POST" }));
}

/** An operation in a region. Any credentials are good; what counts is the region in their scope. */
export async function dynamo(region, operation, request) {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `console/${date.slice(0, 8)}/${region}/dynamodb/aws4_request`;
  const response = await fetch("/", {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": `DynamoDB_20120810.${operation}`,
      "X-Amz-Date": date,
      Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=0`,
    },
    body: JSON.stringify(request),
  });
  return answer(response);
}

const described = new Map();

/** A table's description, asked for again when the table is another or looks different. */
export async function describe(region, table) {
  const known = described.get(region + " " + table.name);
  const looks = JSON.stringify([table.id, table.status, table.members ?? null]);
  if (known && known.looks === looks) {
    return known.description;
  }
  const description = dynamo(region, "DescribeTable", { TableName: table.name }).then((body) => body.Table);
  described.set(region + " " + table.name, { looks, description });
  description.catch(() => described.delete(region + " " + table.name));
  return description;
}
