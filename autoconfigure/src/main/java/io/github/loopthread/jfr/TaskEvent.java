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
 * A task, from the moment its caller brought it until it had an outcome.
 */
@Name("io.github.loopthread.Task")
@Label("Loop Task")
@Category("LoopThread")
@Description("Task on the loop, from the moment its caller brought it until it had an outcome")
@StackTrace(false)
final class TaskEvent extends Event {

	@Label("Loop")
	String loop = "";

	@Label("Task")
	String task = "";

	@Label("Outcome")
	@Description("success, error, timeout, interrupted, cancelled, rejected or stopped")
	String outcome = "";

	@Label("Queued")
	@Description("Time until the loop came to the task, or until it had an outcome if the loop never did")
	@Timespan(Timespan.NANOSECONDS)
	long queued;

	@Label("Caller")
	@Description("Thread that brought the task")
	@Nullable Thread caller;

}
