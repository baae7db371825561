// Everything begins here; each module looks after one part of the page
import { startBurst } from "./burst.js";
import { startDeadline } from "./deadline.js";
import { startFigures } from "./figures.js";
import { makePage, startRace } from "./race.js";
import { startServices } from "./services.js";
import { startTrouble } from "./trouble.js";

startRace();
startTrouble();
startBurst();
startFigures();
await Promise.all([startDeadline(), startServices()]);
await makePage();
