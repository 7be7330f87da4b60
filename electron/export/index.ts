/** Run bundles in formats that other programs read. One file per format. */
export { exportStudyToFolder, exportToFolder, exportsFolder, type ExportedFile } from "./folder.js";
export { EXPORT_FORMATS, FORMAT_FACTS, type ExportFormat } from "./formats.js";
export { exportStudy, studyCsvOf } from "./study-csv.js";
export { exportRun, exportText } from "./write.js";
