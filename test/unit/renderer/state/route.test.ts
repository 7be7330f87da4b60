import { describe, expect, it } from "vitest";
import { hrefOf, parseRoute } from "../../../../renderer/state/route.js";

describe("route", () => {
  it.each([
    ["", "", null],
    ["#", "", null],
    ["#/", "", null],
    ["#/run", "run", null],
    ["#/history", "history", null],
    ["#/history/20261120-120000-ab12", "history", "20261120-120000-ab12"],
    ["#/history/a/b", "", null],
    ["#/history/%", "history", null],
    ["#/%3Cimg%3E", "", null],
    ["#run", "", null],
  ])("%j is view %j with %j", (hash, view, argument) => expect(parseRoute(hash)).toEqual({ view, argument }));

  it("what is named in an address is read from it again", () => {
    const name = "a/b %?#🦊";
    expect(parseRoute(hrefOf("history", name))).toEqual({ view: "history", argument: name });
  });
});
