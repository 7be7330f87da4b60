/** The export formats with their names, for a UI's menu. */
export { EXPORT_FORMATS, FORMAT_FACTS } from "../export/formats.js";
