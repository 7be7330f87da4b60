import { describe, expect, it } from "vitest";
import { parseDevices } from "../../../../electron/targets/adb/devices.js";
import { targetState } from "../../../../electron/targets/adb/states.js";

describe("targetState", () => {
  it.each([
    ["device", "ready", null],
    ["unauthorized", "unauthorized", /accept/],
    ["authorizing", "connecting", /Wait/],
    ["connecting", "connecting", /Wait/],
    ["offline", "offline", /Plug/],
    ["recovery", "offline", /in recovery/],
    ["bootloader", "offline", /in bootloader/],
    ["sideload", "offline", /in sideload/],
    ["no permissions (missing udev rules? user is in the plugdev group); see [http://x]", "no-permission", /udev/],
    ["noperm", "no-permission", /udev/],
    ["something new", "offline", /Plug/],
  ])("%s is %s", (adbState, state, remedy) => {
    const found = targetState(adbState);
    expect(found.state).toBe(state);
    if (remedy === null) expect(found.remedy).toBeNull();
    else expect(found.remedy).toMatch(remedy);
  });
});

describe("parseDevices", () => {
  it("reads serials and states", () => {
    expect(parseDevices("R5CT20\tdevice\n10.0.0.2:5555\toffline\nX\tno permissions (user); see [http://x]\n")).toEqual([
      { serial: "R5CT20", adbState: "device" },
      { serial: "10.0.0.2:5555", adbState: "offline" },
      { serial: "X", adbState: "no permissions (user); see [http://x]" },
    ]);
    expect(parseDevices("")).toEqual([]);
    expect(parseDevices("* daemon not running\n\n")).toEqual([]);
  });
});
