package io.github.loopthread.endpoint;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.util.Assert;

import io.github.loopthread.LoopThread;

/**
 * {@link Endpoint @Endpoint} that shows a loop and the live list of its tasks: which HTTP
 * request waits for which task, since when, and for what. It can only be read.
 * <p>
 * It asks nothing of the loop, so that it answers also when that is blocked or dead. It
 * shows no query, no user info and no path parameter, as they may hold secrets; paths it
 * does show.
 *
 * @since 1.0.0
 */
@Endpoint(id = "loop")
public final class LoopEndpoint {

	private final LoopThread loop;

	/**
	 * Create an endpoint.
	 * @param loop the loop to show
	 * @throws IllegalArgumentException when the loop is {@code null}
	 */
	public LoopEndpoint(LoopThread loop) {
		Assert.notNull(loop, "'loop' must not be null");
		this.loop = loop;
	}

	/**
	 * Have each task that a loop accepts from now on remember which HTTP request its
	 * caller served, which Spring's {@code RequestContextHolder} says. Only for servlet
	 * applications.
	 * @param loop the loop
	 */
	public static void rememberRequests(LoopThread loop) {
		loop.describeCallersWith(ServedRequest::current);
	}

	/**
	 * Return what there is to see at the moment.
	 * @return the loop and its tasks
	 */
	@ReadOperation
	public LoopDescriptor loop() {
		return LoopDescriptor.of(this.loop);
	}

}
