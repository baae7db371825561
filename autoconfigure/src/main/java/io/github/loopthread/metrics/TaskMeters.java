package io.github.loopthread.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener;

/**
 * The timers of all tasks, by name. Names beyond a limit share theirs: each one would
 * stay in the registry for ever.
 */
final class TaskMeters implements LoopTaskListener.Factory {

	static final int MAX_NAMES = 100;

	static final String OTHER = "other";

	private static final Log logger = LogFactory.getLog(TaskMeters.class);

	private final Map<String, TaskTimers> timers = new ConcurrentHashMap<>();

	private final AtomicBoolean warned = new AtomicBoolean();

	private final MeterRegistry registry;

	private final Tags tags;

	// Written once, under the lock, read by callers
	private volatile @Nullable TaskTimers others;

	TaskMeters(MeterRegistry registry, Tags tags) {
		this.registry = registry;
		this.tags = tags;
	}

	@Override
	public LoopTaskListener create(String task) {
		TaskTimers known = this.timers.get(task);
		return ((known != null) ? known : ofNewName(task)).start();
	}

	private TaskTimers ofNewName(String task) {
		TaskTimers others = this.others;
		if (others == null) {
			return add(task);
		}
		if (this.warned.compareAndSet(false, true)) {
			logger.warn(("Tasks have more than %d names, of which '%s' is one more. Meters show it, and all further "
					+ "ones, as '%s'. Give tasks names without what differs from call to call, such as IDs")
				.formatted(MAX_NAMES, task, OTHER));
		}
		return others;
	}

	private synchronized TaskTimers add(String task) {
		if (this.others != null) {
			return ofNewName(task);
		}
		TaskTimers timers = this.timers.computeIfAbsent(task, this::timers);
		if (this.timers.size() == MAX_NAMES) {
			this.others = timers(OTHER);
		}
		return timers;
	}

	private TaskTimers timers(String task) {
		return new TaskTimers(this.registry, this.tags.and("task", task));
	}

}
