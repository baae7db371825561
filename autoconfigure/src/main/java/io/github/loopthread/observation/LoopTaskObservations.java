package io.github.loopthread.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import io.github.loopthread.LoopTaskListener;

/**
 * Makes an observation of each task, from when its caller brings it until it has its
 * outcome: a child of the caller's current one. It is the current one wherever the
 * caller's thread-locals are on the loop, so that what the task observes, such as HTTP
 * calls, becomes its child.
 * <p>
 * <b>Guarantees.</b> The caller's current observation is what it was as soon as the loop
 * has been given the task, or has refused it. A task that is not observed, because the
 * registry has no handlers or a predicate does not want it, costs nothing more.
 *
 * @since 1.0.0
 */
public final class LoopTaskObservations implements LoopTaskListener.Factory {

	private static final LoopTaskObservationConvention DEFAULT_CONVENTION = new DefaultLoopTaskObservationConvention();

	private final String loop;

	private final ObservationRegistry registry;

	private final @Nullable LoopTaskObservationConvention convention;

	/**
	 * Create observations of the tasks of a loop. They begin when the loop has been given
	 * this as a listener.
	 * @param loop the name of the loop
	 * @param registry where the observations go
	 * @param convention names and key values, {@code null} for those of the registry's
	 * global conventions or else the default ones
	 * @throws IllegalArgumentException when the name or the registry is {@code null}
	 */
	public LoopTaskObservations(String loop, ObservationRegistry registry,
			@Nullable LoopTaskObservationConvention convention) {
		Assert.notNull(loop, "'loop' must not be null");
		Assert.notNull(registry, "'registry' must not be null");
		this.loop = loop;
		this.registry = registry;
		this.convention = convention;
	}

	@Override
	public @Nullable LoopTaskListener create(String task) {
		if (this.registry.isNoop()) {
			return null;
		}
		LoopTaskObservationContext context = new LoopTaskObservationContext(this.loop, task);
		Observation observation = Observation.createNotStarted(this.convention, DEFAULT_CONVENTION, () -> context,
				this.registry);
		return observation.isNoop() ? null : new ObservedTask(observation.start(), context);
	}

}
