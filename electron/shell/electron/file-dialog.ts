/** The system's dialog to choose a model file. */
import { BrowserWindow, dialog } from "electron";

/** The chosen file's path, or null: none was chosen. */
export async function chooseModelFile(): Promise<string | null> {
  const options: Electron.OpenDialogOptions = {
    title: "Choose a model",
    properties: ["openFile"],
    filters: [
      { name: "GGUF models", extensions: ["gguf"] },
      { name: "All files", extensions: ["*"] },
    ],
  };
  const window = BrowserWindow.getFocusedWindow();
  const chosen = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
  return chosen.filePaths[0] ?? null;
}
