/** How a phone comes into the list, or why none can. */
import type { Failure } from "../../../electron/ipc/contract.js";

export function PhoneHelp({ problem }: { problem: Failure | null }) {
  if (problem !== null) {
    return (
      <section className="panel target" aria-label="Phones">
        <header className="target-head">
          <h2>Phones cannot be listed</h2>
          <span className="state fail">adb</span>
        </header>
        <p className="target-remedy">{problem.message}</p>
        <p className="note">Phonon goes on looking: as soon as adb answers, phones appear here.</p>
      </section>
    );
  }
  return (
    <section className="panel target" aria-label="Phones">
      <header className="target-head">
        <h2>Add a phone</h2>
      </header>
      <ol className="steps">
        <li>
          On the phone, open <b>Settings › About phone</b> and tap <b>Build number</b> seven times.
        </li>
        <li>
          In <b>Settings › System › Developer options</b>, switch on <b>USB debugging</b>.
        </li>
        <li>Plug it in here, unlock it, and accept its question whether to allow USB debugging.</li>
      </ol>
      <p className="note">It then appears here by itself.</p>
    </section>
  );
}
