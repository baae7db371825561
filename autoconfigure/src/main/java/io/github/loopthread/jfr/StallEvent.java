package io.github.loopthread.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * A time in which the loop did not answer: as it was noticed, and once more when it has
 * ended.
 */
@Name("io.github.loopthread.Stall")
@Label("Loop Stall")
@Category("LoopThread")
@Description("Time in which the loop did not answer, written when it is noticed and again when it has ended")
@StackTrace(false)
final class StallEvent extends Event {

	@Label("Loop")
	String loop = "";

	@Label("Task")
	@Description("Task for which the loop was working when that was noticed, if any")
	@Nullable String task;

	@Label("Frame")
	@Description("Frame in which the loop was when that was noticed")
	@Nullable String frame;

	@Label("Unanswered")
	@Description("For how long the loop had not answered")
	@Timespan(Timespan.NANOSECONDS)
	long unanswered;

	@Label("Ended")
	@Description("Whether the loop has answered again")
	boolean ended;

}
