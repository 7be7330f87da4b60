/** The Hexagon in Qualcomm's chips, by the name of the chip: Android does not tell. */
const hexagon: Record<string, string> = {
  SM8350: "Hexagon V68",
  SM8450: "Hexagon V69",
  SM8475: "Hexagon V69",
  SM8550: "Hexagon V73",
  SM8635: "Hexagon V73",
  SM8650: "Hexagon V75",
  SM8750: "Hexagon V79",
  SM8850: "Hexagon V81",
};

export function npuOf(soc: string | null): string | null {
  const chip = /\bSM\d{4}/.exec(soc?.toUpperCase() ?? "")?.[0];
  return (chip !== undefined && hexagon[chip]) || null;
}
