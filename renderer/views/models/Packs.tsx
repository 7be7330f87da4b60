/** Which packs of a model there are, and how often its neurons fire. */
import { useState } from "react";
import type { ModelEntry, PackEntry } from "../../../electron/ipc/contract.js";
import { ProfileChart } from "../../charts/index.js";
import { Button } from "../../components/Button.js";
import { Notice } from "../../components/Notice.js";
import { useAnswer } from "../../state/answer.js";
import { useSelect } from "../../state/context.js";
import { bytes, count, percent, text, when } from "../../state/format.js";
import { plain } from "../../state/plain.js";
import { PredictorTable } from "./PredictorTable.js";

export function Packs({ model }: { model: ModelEntry }) {
  const { value: packs, failure } = useAnswer("models.packs", { path: model.path });
  const [shown, setShown] = useState<string | null>(null);
  return (
    <section className="panel model-packs" aria-label="Packs">
      <h2>Packs</h2>
      {failure && <Notice failure={failure} />}
      {packs?.length === 0 && (
        <p className="note">
          None was made from here. A run under a memory budget makes one, where the model’s neurons fire sparsely.
        </p>
      )}
      {packs?.map((pack) => {
        const id = `${pack.target} ${pack.name}`;
        return <Pack key={id} pack={pack} isShown={shown === id} onShow={(show) => setShown(show ? id : null)} />;
      })}
    </section>
  );
}

interface PackProps {
  pack: PackEntry;
  isShown: boolean;
  onShow: (show: boolean) => void;
}

function Pack({ pack, isShown, onShow }: PackProps) {
  const { target, name, packedAt, bytes: size, profile, predictor, activation, requantise, quality } = pack;
  const where = useSelect((state) => state.targets?.find(({ id }) => id === target)?.name ?? target);
  const share = (value: number) => text(percent(value));
  const facts = [
    text(bytes(size)),
    `made ${when(packedAt, new Date())}`,
    ...(activation === null ? [] : [`as ${activation}`]),
    ...(requantise === null ? [] : [`requantised (${requantise})`]),
    ...(quality === null
      ? []
      : [
          `${quality.klMean.toPrecision(3)} nats a token from the model, ${share(quality.top1Agreement)} the same best token`,
        ]),
    `${share(profile.active)} of the neurons fire for a token of ${count(profile.tokens)} (${plain(profile.source, 80)})`,
    `the predictor lets ${share(predictor.letThrough)} through and keeps ${share(predictor.energy)} of the energy`,
  ];
  return (
    <section className="model-pack" aria-label={`Pack on ${plain(where, 80)}`}>
      <header>
        <strong>{plain(where, 80)}</strong>
        <Button variant="quiet" aria-expanded={isShown} onPress={() => onShow(!isShown)}>
          {isShown ? "Hide profile" : "Show profile"}
        </Button>
      </header>
      <p className="note">{facts.join(" · ")}</p>
      {isShown && <Profile target={target} name={name} />}
    </section>
  );
}

function Profile({ target, name }: { target: string; name: string }) {
  const { value, failure } = useAnswer("models.packProfile", { target, name });
  if (failure) return <Notice failure={failure} />;
  if (value === null) return <p className="empty">Reading the pack …</p>;
  return (
    <>
      <ProfileChart profile={value} />
      <p className="note">
        As Figure 2 of PowerInfer-2 draws it. A neuron counts for a batch when it fires for any of its tokens: the
        further right a curve rises, the more neurons fire often. Of a token’s neurons {text(percent(value.overlap))}{" "}
        fired for the token before.
      </p>
      {value.predictors.length > 0 && <PredictorTable predictors={value.predictors} />}
    </>
  );
}
