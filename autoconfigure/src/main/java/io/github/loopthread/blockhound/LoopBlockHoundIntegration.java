package io.github.loopthread.blockhound;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound, if an application has it, which threads of this library may block.
 * The loop's may not, as it finds out by itself. Those that start, watch and stop a loop
 * wait for it, although Reactor's {@code block()} is refused there.
 * <p>
 * On any thread, the lock does not count which the JDK, before Java 25, takes when a
 * future with {@code orTimeout} or {@code completeOnTimeout} is completed, as those of
 * Reactor's own timers do not.
 *
 * @since 1.0.0
 */
public final class LoopBlockHoundIntegration implements BlockHoundIntegration {

	@Override
	public void applyTo(BlockHound.Builder builder) {
		builder.allowBlockingCallsInside("io.github.loopthread.CaretakerThread", "run");
		// For a moment, to forget the time limit of a future that a task completes
		builder.allowBlockingCallsInside("java.util.concurrent.CompletableFuture$Canceller", "accept");
	}

}
