/** A question to the control side whose answer one view needs, and nobody else. */
import { useCallback, useEffect, useState } from "react";
import type { Channel, Failure, Request, Response } from "../../electron/ipc/contract.js";
import { CallError } from "../transport/client.js";
import { useClient, useSelect } from "./context.js";

export interface Answer<T> {
  value: T | null; // the last one to this question
  failure: Failure | null; // why there is none
  asking: boolean;
  again: () => void;
}

interface Kept<T> {
  to: string;
  value: T | null;
  failure: Failure | null;
}

/**
 * Asked when the view appears, when the request changes, and when a lost connection is back. `request` undefined: not
 * yet. `when` is what else makes an answer outdated, as the number of times that a phone was plugged in.
 */
export function useAnswer<C extends Channel>(
  channel: C,
  request: Request<C> | undefined,
  when: string | number = "",
): Answer<Response<C>> {
  const client = useClient();
  const isOpen = useSelect((state) => state.connection === "open");
  const [turn, setTurn] = useState(0);
  const [kept, setKept] = useState<Kept<Response<C>>>();
  const [asked, setAsked] = useState("");
  const question = request === undefined ? undefined : JSON.stringify(request);
  const turnKey = [question, when, turn, isOpen].join("\n");

  useEffect(() => {
    if (question === undefined || !isOpen) return;
    let isOver = false;
    const keep = (value: Response<C> | null, failure: Failure | null): void => {
      if (isOver) return;
      setKept({ to: question, value, failure });
      setAsked(turnKey);
    };
    client.call(channel, JSON.parse(question) as Request<C>).then(
      (value) => keep(value, null),
      (error: unknown) => keep(null, failureOf(error)),
    );
    return () => {
      isOver = true;
    };
  }, [client, channel, question, isOpen, turnKey]);

  const again = useCallback(() => setTurn((before) => before + 1), []);
  const ours = kept !== undefined && kept.to === question ? kept : undefined;
  const asking = question !== undefined && isOpen && asked !== turnKey;
  return { value: ours?.value ?? null, failure: ours?.failure ?? null, asking, again };
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CallError) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}
