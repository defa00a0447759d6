/** Scenarios of `directed/` that were written to come to goals which no schedule was drawn to. */
import { UNSIGNED } from "./goal.ts";

export interface Directed {
  /** A file of the folder. */
  readonly scenario: string;
  /** Names of all that it comes to, and nothing drawn does. */
  readonly goals: readonly string[];
  /** The protocols on which it does. */
  readonly on: readonly string[];
}

export const directed: readonly Directed[] = [
  { scenario: "believed-on-prepares", goals: ["believed-on-prepares"], on: ["pbft-relay"] },
  { scenario: "lower-base", goals: ["lower-base", "above-own-window"], on: UNSIGNED },
];
