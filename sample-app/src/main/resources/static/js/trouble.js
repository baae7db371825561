// What nobody should do to a loop
import { byId, onPress, tell } from "./dom.js";
import { put, remove } from "./http.js";
import { seconds } from "./wording.js";

const status = byId("trouble-status");

export function startTrouble() {
  onPress(byId("block"), () => tell(status, async () => {
    const blocked = await put("loop/blocked");
    return `The loop is blocked for ${seconds(blocked.millis)}.`;
  }));
  onPress(byId("fill"), () => tell(status, async () => {
    const full = await put("loop/full");
    return `${full.taken} places are taken for ${seconds(full.millis)}, ${full.left} are left.`;
  }));
  onPress(byId("empty"), () => tell(status, async () => {
    await remove("loop/full");
    return "The places are free again.";
  }));
}
