import type { ModelEntry } from "../../../electron/ipc/contract.js";
import { Cell, Column, Row, Table, TableBody, TableHead } from "../../components/Table.js";
import { useSelect } from "../../state/context.js";
import { NONE, bytes, count, parameters, text } from "../../state/format.js";
import { expertsOf, fileOf, nameOf, placeOf, valueOf } from "../../state/models.js";
import type { Placements } from "../../state/placements.js";
import { plain } from "../../state/plain.js";

interface ModelListProps {
  models: readonly ModelEntry[];
  placements: Placements;
  shown: string | undefined;
  onShow: (model: string) => void;
}

export function ModelList({ models, placements, shown, onShow }: ModelListProps) {
  const targets = useSelect((state) => state.targets);
  const phones = targets?.filter(({ kind, id }) => kind === "adb" && placements.has(id)) ?? [];
  return (
    <Table
      aria-label="Models"
      selectionMode="single"
      selectionBehavior="replace"
      disallowEmptySelection
      selectedKeys={shown === undefined ? [] : [shown]}
      onSelectionChange={(keys) => {
        const [key] = keys === "all" ? [] : keys;
        if (key !== undefined) onShow(String(key));
      }}
    >
      <TableHead>
        <Column isRowHeader>Model</Column>
        <Column>Architecture</Column>
        <Column number>Parameters</Column>
        <Column>Quantisation</Column>
        <Column number>Size</Column>
        <Column number unit="tok">
          Context
        </Column>
        {phones.length > 0 && <Column>On phones</Column>}
      </TableHead>
      <TableBody>
        {models.map((model) => (
          <Row key={model.path} id={valueOf(model)} textValue={nameOf(model)}>
            <Cell name>
              <span className="model-name">{nameOf(model)}</span>
              <span className="note">{fileOf(model)}</span>
            </Cell>
            <Cell name>
              {plain(model.architecture, 40)}
              {expertsOf(model) !== null && <span className="note"> · experts</span>}
            </Cell>
            <Cell number>{parameters(model.parameters)}</Cell>
            <Cell>{plain(model.quantisation, 24)}</Cell>
            <Cell number>{text(bytes(model.fileBytes))}</Cell>
            <Cell number>{count(model.contextLength)}</Cell>
            {phones.length > 0 && (
              <Cell name>
                {phones
                  .filter(({ id }) => placeOf(placements.get(id), model)?.state === "there")
                  .map(({ name }) => plain(name, 40))
                  .join(", ") || NONE}
              </Cell>
            )}
          </Row>
        ))}
      </TableBody>
    </Table>
  );
}
