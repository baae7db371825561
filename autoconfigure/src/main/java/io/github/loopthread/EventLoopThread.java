package io.github.loopthread;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Predicate;

import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.NonBlocking;

import io.github.loopthread.LoopBoundary.Scope;

/**
 * The thread of a loop: fast for Netty, and for Reactor and BlockHound one that must not
 * block.
 */
final class EventLoopThread extends FastThreadLocalThread implements NonBlocking {

	// The key of Micrometer's accessor, which the core does not need otherwise
	private static final String OBSERVATION = "micrometer.observation";

	private static final AtomicReferenceFieldUpdater<EventLoopThread, @Nullable TaskContext> TASK_CONTEXT = AtomicReferenceFieldUpdater
		.newUpdater(EventLoopThread.class, TaskContext.class, "taskContext");

	private final Runnable onExit;

	// Written by this thread, read by it and the watchdog
	private volatile @Nullable TaskContext taskContext;

	// Written and read by this thread

	private @Nullable Runnable clearing;

	private ContextSnapshot.@Nullable Scope values;

	// One for all, since there is one for each task and each read
	private final Scope taskScope = this::leaveTask;

	EventLoopThread(Runnable loop, String name, Runnable onExit) {
		super(loop, name);
		this.onExit = onExit;
		setDaemon(true);
	}

	/**
	 * Refuse what lives on one loop on the thread of another: it would be driven by two.
	 */
	static void assertNotOfOtherLoop(EventExecutor loop, Object what) {
		if (Thread.currentThread() instanceof EventLoopThread thread && !loop.inEventLoop()) {
			throw new IllegalStateException(("%s lives on another loop than thread '%s'. "
					+ "Use it in a task of its own loop, for example through that loop's template")
				.formatted(what, thread.getName()));
		}
	}

	/**
	 * Return the context that this thread has at the moment, if it works for a task.
	 */
	@Nullable TaskContext taskContext() {
		return this.taskContext;
	}

	void taskContext(@Nullable TaskContext taskContext) {
		// Who else reads it does so rarely and can be late: no need for a fence each time
		TASK_CONTEXT.lazySet(this, taskContext);
	}

	/**
	 * Keep in mind what takes the values of a task away that is not within the scope of
	 * another, and return that scope.
	 */
	Scope enterTask(ContextSnapshot.Scope values) {
		this.values = values;
		return this.taskScope;
	}

	private void leaveTask() {
		ContextSnapshot.Scope values = this.values;
		if (values != null) {
			this.values = null;
			TaskContext.leave(this, null, values);
		}
	}

	/**
	 * Set the values of a task on this thread, which should have none. What something
	 * outside of every scope has left there does not come back, unless it is an
	 * observation: that has a scope, which only whoever has opened it can close.
	 */
	ContextSnapshot.Scope replaceValues(@Nullable ContextSnapshot snapshot) {
		if (snapshot instanceof ThreadLocalSnapshots.Snapshot ours) {
			return ours.replaceThreadLocals(EventLoopThread::isObservation);
		}
		Runnable clearing = this.clearing;
		if (clearing != null) {
			clearing.run();
		}
		return TaskContext.set(snapshot);
	}

	private static boolean isObservation(Object key) {
		return key.equals(OBSERVATION);
	}

	/**
	 * Learn how to clear this thread while it has no values yet.
	 */
	void learnClearing(ContextSnapshotFactory snapshots) {
		if (snapshots instanceof ThreadLocalSnapshots ours) {
			this.clearing = () -> ours.clear(Predicate.not(EventLoopThread::isObservation));
			return;
		}
		ContextSnapshot none = snapshots.captureAll();
		this.clearing = () -> none.setThreadLocals(Predicate.not(EventLoopThread::isObservation));
	}

	@Override
	public void run() {
		try {
			super.run();
		}
		finally {
			this.onExit.run();
		}
	}

}
