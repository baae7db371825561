package io.github.loopthread.redis;

import java.util.function.Supplier;

import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

import org.springframework.util.function.SingletonSupplier;

import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopThread;

/**
 * The loop that runs at the moment, whichever that is. Lettuce keeps what it is given for
 * as long as its client lives, which may be longer than a life of the loop.
 */
final class RunningLoop {

	private final SingletonSupplier<LoopThread> loopThread;

	RunningLoop(Supplier<LoopThread> loopThread) {
		this.loopThread = SingletonSupplier.of(loopThread);
	}

	LoopThread loopThread() {
		return this.loopThread.obtain();
	}

	/**
	 * Return the loop, which is started on demand before its first start.
	 * @throws LoopNotRunningException when it is not running
	 */
	EventLoop get() {
		return loopThread().eventLoopGroup().next();
	}

	/**
	 * Return the loop, or {@code null} when it is not running.
	 */
	@Nullable EventLoop getIfRunning() {
		try {
			return get();
		}
		catch (LoopNotRunningException ex) {
			return null;
		}
	}

}
