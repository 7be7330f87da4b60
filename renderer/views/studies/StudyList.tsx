/** Every study there is, newest first: opened, or removed where it cannot be read. */
import type { StudyEntry } from "../../../electron/ipc/contract.js";
import { Button } from "../../components/Button.js";
import { Cell, Column, Row, Table, TableBody, TableHead } from "../../components/Table.js";
import { NONE, digits, when } from "../../state/format.js";
import { modelInWords } from "../../state/models.js";
import { plain } from "../../state/plain.js";
import { goTo } from "../../state/route.js";
import { KIND_NAMES } from "../../state/study-figures.js";

interface StudyListProps {
  all: readonly StudyEntry[];
  shown: string | undefined;
  onDelete: (id: string) => void;
}

export function StudyList({ all, shown, onDelete }: StudyListProps) {
  const readable = all.filter(({ status }) => status !== "damaged");
  const damaged = all.filter(({ status }) => status === "damaged");
  return (
    <section className="panel study-list" aria-label="Studies">
      <h2>
        Studies <small>{all.length}</small>
      </h2>
      {readable.length > 0 && <Readable entries={readable} shown={shown} />}
      {damaged.map(({ id, problem }) => (
        <div key={id} className="notice">
          <p>{problem}</p>
          <Button variant="quiet" aria-label={`Delete ${id}`} onPress={() => onDelete(id)}>
            ×
          </Button>
        </div>
      ))}
    </section>
  );
}

function Readable({ entries, shown }: { entries: readonly StudyEntry[]; shown: string | undefined }) {
  return (
    <Table
      aria-label="Studies"
      selectionMode="single"
      selectionBehavior="replace"
      disallowEmptySelection
      selectedKeys={shown === undefined ? [] : [shown]}
      onSelectionChange={(keys) => {
        const [key] = keys === "all" ? [] : keys;
        if (key !== undefined) goTo("studies", String(key));
      }}
    >
      <TableHead>
        <Column isRowHeader>Study</Column>
        <Column>Started</Column>
        <Column number unit="tok/s">
          Best
        </Column>
      </TableHead>
      <TableBody>
        {entries.map((entry) => (
          <Row key={entry.id} id={entry.id} textValue={entry.id}>
            <Cell name>
              <span className="study-kind">{KIND_NAMES[entry.kind]}</span>
              <span className="note">{about(entry)}</span>
            </Cell>
            <Cell>
              {entry.status === "done" ? (
                <time dateTime={entry.startedAt}>{when(entry.startedAt, new Date())}</time>
              ) : (
                <span className={`state ${entry.status === "failed" ? "fail" : ""}`}>{entry.status}</span>
              )}
            </Cell>
            <Cell number>{entry.bestTps === null ? <span className="none">{NONE}</span> : digits(entry.bestTps)}</Cell>
          </Row>
        ))}
      </TableBody>
    </Table>
  );
}

/** The model, and the target where that is not this computer. */
function about({ modelName, model, target }: StudyEntry): string {
  const name = modelName === null ? modelInWords(model) : plain(modelName, 40);
  return target === "local" ? name : `${name} · ${plain(target, 40)}`;
}
