/** One line an error; the YAML schema, the lists, the tables and the tests derive from it. */
import { cableInTheWrongDirection } from "./cable-in-the-wrong-direction.ts";
import { coffeeOnTheAirConditioning } from "./coffee-on-the-air-conditioning.ts";
import { generatorTest } from "./generator-test.ts";
import { goesHome } from "./goes-home.ts";
import { killsWhatEatsCpu } from "./kills-what-eats-cpu.ts";
import { lunch } from "./lunch.ts";
import { rollingRestartWithoutWaiting } from "./rolling-restart-without-waiting.ts";
import { tapesOverwritten } from "./tapes-overwritten.ts";
import type { OperatorError } from "./work.ts";
import { wrongCable } from "./wrong-cable.ts";

export const operatorErrors: readonly OperatorError[] = [
  coffeeOnTheAirConditioning,
  tapesOverwritten,
  generatorTest,
  goesHome,
  rollingRestartWithoutWaiting,
  cableInTheWrongDirection,
  wrongCable,
  killsWhatEatsCpu,
  lunch,
];
