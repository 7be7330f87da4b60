/** How long a benchmark goes on: every turn takes as long as its contender's turns before, or, until one was seen, as guessed. */

export interface Turn {
  name: string;
  seconds: number; // guessed
}

interface Seen {
  guess: number;
  left: number; // turns
  seconds: number; // of the turns that have ended
  ended: number;
}

export class Eta {
  private readonly turns: Map<string, Seen>;
  private begun: { name: string; at: number } | null = null;

  /** Names are told apart; each has its turn in every round. `now`: milliseconds, for tests. */
  constructor(
    turns: readonly Turn[],
    rounds: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.turns = new Map(
      turns.map(({ name, seconds }) => [name, { guess: seconds, left: rounds, seconds: 0, ended: 0 }]),
    );
  }

  /** Said again while a turn goes on, it changes nothing. */
  begins(name: string): void {
    if (this.begun?.name !== name) this.begun = { name, at: this.now() };
  }

  ends(name: string): void {
    const seen = this.turns.get(name);
    if (seen && this.begun?.name === name) {
      seen.seconds += this.elapsed();
      seen.ended++;
      seen.left--;
    }
    this.begun = null;
  }

  /** It gets no more turns. */
  givesUp(name: string): void {
    const seen = this.turns.get(name);
    if (seen) seen.left = 0;
    this.begun = null;
  }

  secondsLeft(): number {
    let seconds = 0;
    for (const [name, { guess, left, seconds: sum, ended }] of this.turns) {
      const each = ended > 0 ? sum / ended : guess;
      const going = this.begun?.name === name ? Math.min(each, this.elapsed()) : 0;
      seconds += left * each - (left > 0 ? going : 0);
    }
    return seconds;
  }

  inWords(): string {
    const seconds = this.secondsLeft();
    return seconds < 90 ? `about ${Math.ceil(seconds)} s left` : `about ${Math.round(seconds / 60)} min left`;
  }

  private elapsed(): number {
    return this.begun ? (this.now() - this.begun.at) / 1000 : 0;
  }
}
