/** What can be done with runs that were chosen, or with the one that is open. */
import { useState } from "react";
import { EXPORT_FORMATS, FORMAT_FACTS } from "../../../electron/ipc/formats.js";
import { Button } from "../../components/Button.js";
import { Confirm } from "../../components/Dialog.js";
import { Menu } from "../../components/Menu.js";
import { useSelect, useSession } from "../../state/context.js";
import { count } from "../../state/format.js";

const FORMATS = EXPORT_FORMATS.map((id) => ({ id, label: id, detail: FORMAT_FACTS[id].description }));

interface RunActionsProps {
  runIds: readonly string[];
  onDeleted?: () => void;
}

export function RunActions({ runIds, onDeleted }: RunActionsProps) {
  const { history } = useSession();
  const busy = useSelect((state) => state.history.busy);
  const [asking, setAsking] = useState(false);
  const idle = runIds.length === 0 || busy !== null;
  const what = runIds.length === 1 ? "this run" : `${count(runIds.length)} runs`;

  async function remove(): Promise<void> {
    if (await history.remove(runIds)) onDeleted?.();
  }

  return (
    <>
      {busy !== null && <span className="note">{busy}</span>}
      <Menu
        isDisabled={idle}
        actions={FORMATS}
        onAction={(id) => {
          const format = EXPORT_FORMATS.find((name) => name === id);
          if (format) void history.exportAs(runIds, format);
        }}
      >
        Export
      </Menu>
      <Button isDisabled={idle} onPress={() => setAsking(true)}>
        Delete
      </Button>
      <Confirm
        title={`Delete ${what}?`}
        action="Delete"
        isOpen={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => void remove()}
      >
        <p>Everything that was recorded of {runIds.length === 1 ? "it" : "them"} goes. Exported files stay.</p>
      </Confirm>
    </>
  );
}
