import { Button } from "../../components/Button.js";
import { useSelect, useSession } from "../../state/context.js";
import { count } from "../../state/format.js";
import { PAGE_ROWS, pageCount } from "../../state/history.js";

/** From page to page; says nothing where one page holds all. */
export function Pager({ total }: { total: number }) {
  const page = useSelect((state) => state.history.query.page);
  const { history } = useSession();
  if (pageCount(total) === 1) return null;
  const turn = (by: number) => void history.look({ page: page + by });
  const last = Math.min(total, (page + 1) * PAGE_ROWS);
  return (
    <nav className="pager" aria-label="Pages">
      <Button isDisabled={page === 0} onPress={() => turn(-1)}>
        Previous
      </Button>
      <span className="note">
        {count(page * PAGE_ROWS + 1)} to {count(last)} of {count(total)}
      </span>
      <Button isDisabled={page + 1 >= pageCount(total)} onPress={() => turn(1)}>
        Next
      </Button>
    </nav>
  );
}
