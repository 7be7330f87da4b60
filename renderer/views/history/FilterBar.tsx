import { Button } from "../../components/Button.js";
import { Later } from "../../components/Later.js";
import { SearchField } from "../../components/SearchField.js";
import { Select, type Option } from "../../components/Select.js";
import { useSelect, useSession } from "../../state/context.js";
import { engineLabel } from "../../state/engines.js";
import { count, fileName } from "../../state/format.js";
import { plain } from "../../state/plain.js";
import { FILTERS, isFiltered, withFilter, type Filter } from "../../state/history.js";
import { targetInWords } from "../../state/targets.js";

const ALL = " "; // no name of anything: names are not blank

const LABELS: Record<Filter, { name: string; all: string }> = {
  engine: { name: "Engine", all: "All engines" },
  target: { name: "Target", all: "All targets" },
  model: { name: "Model", all: "All models" },
  status: { name: "Status", all: "Any status" },
};

/** Which runs are shown: words that occur in their names, and one value each of what they have in common. */
export function FilterBar() {
  const { history } = useSession();
  const query = useSelect((state) => state.history.query);
  const facets = useSelect((state) => state.history.page?.facets);
  return (
    <div className="filters" role="search" aria-label="Runs">
      <Later>
        <SearchField label="Find runs" value={query.text} onChange={(text) => void history.look({ text })} />
        {FILTERS.map((name) => (
          <Select
            key={name}
            label={LABELS[name].name}
            hideLabel
            value={query.filters[name] ?? ALL}
            options={optionsOf(name, facets?.[name] ?? [], query.filters[name])}
            onChange={(value) =>
              void history.look({ filters: withFilter(query.filters, name, value === ALL ? null : value) })
            }
          />
        ))}
        <Button
          variant="quiet"
          isDisabled={!isFiltered(query)}
          onPress={() => void history.look({ text: "", filters: {} })}
        >
          Show all
        </Button>
      </Later>
    </div>
  );
}

/** A value that is filtered by stays in the list, though the last run that had it be deleted. */
function optionsOf(name: Filter, facets: { value: string; count: number }[], chosen: string | undefined): Option[] {
  const values = facets.map(({ value, count: runs }) => ({
    id: value,
    label: labelOf(name, value),
    detail: `${count(runs)} ${runs === 1 ? "run" : "runs"}`,
  }));
  const missing = chosen !== undefined && !facets.some(({ value }) => value === chosen);
  const rest = missing ? [{ id: chosen, label: labelOf(name, chosen), detail: "no runs" }] : [];
  return [{ id: ALL, label: LABELS[name].all }, ...values, ...rest];
}

function labelOf(name: Filter, value: string): string {
  if (name === "engine") return engineLabel(value);
  if (name === "model") return plain(fileName(value));
  return name === "target" ? targetInWords(value) : plain(value);
}
