package io.github.loopthread.endpoint;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTaskInfo;
import io.github.loopthread.LoopThread;

/**
 * What the endpoint says of a loop. Times are whole milliseconds, as their names say, so
 * that a script can compare them. It is not to be changed.
 *
 * @param name the name of the loop
 * @param state its state
 * @param generation how often it has been started
 * @param transport how it talks to the network, as the property {@code loop.transport}
 * says it
 * @param blockedIn the frame that it is in, if it has not answered for a tenth of a
 * second
 * @param figures how much there is to do
 * @param tasks what the tasks are doing, those that came first before the others
 * @since 1.0.0
 */
public record LoopDescriptor(String name, LoopThread.State state, int generation, String transport,
		@Nullable String blockedIn, Figures figures, List<Task> tasks) implements OperationResponseBody {

	/**
	 * Describe a loop as it is at the moment. This asks nothing of the loop itself.
	 */
	static LoopDescriptor of(LoopThread loop) {
		return new LoopDescriptor(loop.getName(), loop.state(), loop.getGeneration(), loop.getTransport().toString(),
				loop.blockedIn(), Figures.of(loop), loop.tasks().stream().map(Task::of).toList());
	}

	/**
	 * How much a loop has to do, and what has become of it.
	 *
	 * @param activeTasks tasks that were accepted and have not ended
	 * @param maxConcurrentTasks how many there may be
	 * @param waitingCallers threads that wait for a task, for forks, or for an element of
	 * a stream
	 * @param openScopes scopes that are open
	 * @param openLeases leases that are open
	 * @param pending steps that the loop has not come to yet
	 * @param lagMillis how long the loop takes to answer
	 * @param busy share of its time for which it was at work, from 0 to 1
	 * @param stalls how often it did not answer for as long as the watchdog's threshold
	 * @param droppedResults results for which nobody waited any more
	 */
	public record Figures(int activeTasks, int maxConcurrentTasks, int waitingCallers, int openScopes, int openLeases,
			int pending, long lagMillis, double busy, long stalls, long droppedResults) {

		private static Figures of(LoopThread loop) {
			LoopSettings settings = loop.getSettings();
			return new Figures(loop.activeTasks(), settings.maxConcurrentTasks(), loop.waitingCallers(),
					loop.openScopes(), loop.openLeases(), loop.pendingTasks(), loop.lag().toMillis(),
					Math.round(loop.busy() * 100) / 100.0, loop.stalls(), loop.droppedResults());
		}

	}

	/**
	 * What a task is doing.
	 *
	 * @param name the name of the task
	 * @param state how far it has come
	 * @param ageMillis the time since its caller brought it
	 * @param timeLeftMillis the time until its deadline, if it has one
	 * @param callerThread the name of the thread that brought it
	 * @param callerWaits whether a thread waits for it
	 * @param request method and path of the HTTP request that its caller served, if it
	 * served one
	 * @param waitsFor the operations that are open for it, such as HTTP exchanges
	 */
	public record Task(String name, LoopTaskInfo.State state, long ageMillis, @Nullable Long timeLeftMillis,
			String callerThread, boolean callerWaits, @Nullable String request, List<String> waitsFor) {

		private static Task of(LoopTaskInfo task) {
			Duration timeLeft = task.timeLeft();
			return new Task(task.name(), task.state(), task.age().toMillis(),
					(timeLeft != null) ? timeLeft.toMillis() : null, task.callerThread(), task.callerWaits(),
					task.callerWork(), task.waitsFor());
		}

	}

}
