/**
 * Which contender runs in which place of a round: turned round after every round (ABBA), so that warming up and slowing
 * down fall on all alike, and moved on by one place after every second one, so that neighbours change.
 */
export function orderOf(round: number, contenders: number): number[] {
  const moved = Math.floor(round / 2);
  const order = Array.from({ length: contenders }, (_, place) => (place + moved) % contenders);
  return round % 2 === 0 ? order : order.reverse();
}
