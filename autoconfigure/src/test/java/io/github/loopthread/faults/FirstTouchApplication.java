package io.github.loopthread.faults;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;

/**
 * An application in a class loader of its own, which uses a loop and what Netty has for
 * all loops.
 */
public final class FirstTouchApplication {

	private FirstTouchApplication() {
	}

	/**
	 * Live from the first start of a loop to its last stop.
	 */
	public static void live() throws Exception {
		LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());
		LoopTemplate loop = new LoopTemplate(loopThread, Duration.ofSeconds(10));
		for (int i = 0; i < 2; i++) {
			loopThread.start();
			Future<?> end = loopThread.eventLoopGroup().terminationFuture();
			// Told by Netty's executor for all
			end.addListener((ended) -> {
			});
			loop.execute(Mono.fromSupplier(() -> new StringBuilder("value")));
			try {
				loop.withTimeout(Duration.ofMillis(20)).execute(Mono.never());
			}
			catch (LoopTimeoutException ex) {
				// As it should be
			}
			loopThread.stop();
			end.await(10, TimeUnit.SECONDS);
		}
		GlobalEventExecutor.INSTANCE.submit(() -> {
		}).await(10, TimeUnit.SECONDS);
		OtherProcess.say("lived, with Netty's executor alive");
	}

}
