/** Onto the clipboard; where that is refused, a browser saves an image as a file. */
export type Copied = "copied" | "saved" | "refused";

export async function copyText(text: string): Promise<Copied> {
  try {
    await navigator.clipboard.writeText(text);
    return "copied";
  } catch {
    return copyBySelection(text) ? "copied" : "refused";
  }
}

/** The way that needs no permission, only the click that led here. */
function copyBySelection(text: string): boolean {
  const onCopy = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", onCopy, { once: true });
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without the permission
    return document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", onCopy);
  }
}

/** The image is made inside, as a promise: the click that allows copying may be over when it is ready. */
export async function copyImage(make: () => Promise<Blob>, name: string): Promise<Copied> {
  const image = make();
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": image })]);
    return "copied";
  } catch {
    const made = await image;
    if (window.phonon !== undefined) return "refused"; // Electron's window downloads nothing
    save(made, `${name.toLowerCase().replaceAll(/\W+/g, "-")}.png`);
    return "saved";
  }
}

function save(image: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(image);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
