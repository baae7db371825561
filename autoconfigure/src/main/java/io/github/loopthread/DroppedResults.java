package io.github.loopthread;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import io.netty.util.ReferenceCountUtil;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

/**
 * Results that came when nobody waited for them any more: counted, and released if they
 * hold a buffer. Not an error of anyone, so they are not logged as one.
 */
final class DroppedResults {

	/**
	 * Under these names Reactor looks for the hooks of a subscription in its context. It
	 * has no constants for others than itself.
	 */
	private static final String ON_NEXT_DROPPED = "reactor.onNextDropped.local";

	private static final String ON_ERROR_DROPPED = "reactor.onErrorDropped.local";

	private static final Log logger = LogFactory.getLog(DroppedResults.class);

	private final LongAdder count = new LongAdder();

	private final Context hooks = Context.of(ON_NEXT_DROPPED, (Consumer<Object>) this::drop, ON_ERROR_DROPPED,
			(Consumer<Throwable>) this::drop);

	long count() {
		return this.count.sum();
	}

	/**
	 * Return the context of a subscription whose dropped results come here.
	 */
	Context hooks() {
		return this.hooks;
	}

	void drop(Object value) {
		this.count.increment();
		release(value);
	}

	/**
	 * Release a value that nobody will get, if it holds a buffer, without counting it.
	 */
	static void release(Object value) {
		if (value instanceof DataBuffer buffer) {
			DataBufferUtils.release(buffer);
		}
		else {
			ReferenceCountUtil.safeRelease(value);
		}
	}

	void drop(Throwable error) {
		this.count.increment();
		logger.debug("A task failed when nobody waited for it any more", error);
	}

}
