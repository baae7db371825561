// Everything begins here; each module looks after one part of the page
import { startBurst } from "./burst.js";
import { startDeadline } from "./deadline.js";
import { startFigures } from "./figures.js";
import { startRace } from "./race.js";
import { startServices } from "./services.js";
import { startTrouble } from "./trouble.js";

const makePage = startRace();
startTrouble();
startBurst();
startFigures();
// A shop that does not answer them does not make the page either, which then says so
await Promise.allSettled([startDeadline(), startServices()]);
await makePage();
