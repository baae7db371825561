package io.github.loopthread.leaks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

/**
 * The program of a process of its own: starts a loop with a client and another resource,
 * uses it and stops it, over and over, and takes a census again and again.
 */
final class Restarts {

	private Restarts() {
	}

	/**
	 * Called with how many restarts to make, how often to count meanwhile, and the URL of
	 * the upstream. As many restarts as between two counts warm up before.
	 */
	public static void main(String[] args) throws Exception {
		int restarts = Integer.parseInt(args[0]);
		int counts = Integer.parseInt(args[1]);
		try (Subject subject = new Subject(args[2])) {
			subject.loopThread().stop();
			for (int i = 0; i <= counts; i++) {
				for (int j = 0; j < restarts / counts; j++) {
					live(subject.loopThread(), subject.loop(), subject.client());
				}
				System.out.println(subject.whileStopped((long) restarts / counts * i));
			}
		}
		System.exit(0);
	}

	/**
	 * Live one life that ends while an exchange and a stage are under way.
	 */
	private static void live(LoopThread loopThread, LoopTemplate loop, WebClient client) throws Exception {
		loopThread.start();
		String hello = loop.execute(client.get().uri("/hello").retrieve().bodyToMono(String.class));
		CompletableFuture<String> exchange = loop
			.submit(client.get().uri("/never").retrieve().bodyToMono(String.class));
		CompletableFuture<String> stage = loop.submit(CompletableFuture::new);
		loop.execute(Mono.empty());
		loopThread.stop();
		if (!"hello".equals(hello) || !isStopped(exchange) || !isStopped(stage)) {
			throw new AssertionError("%s, %s, %s".formatted(hello, exchange, stage));
		}
	}

	private static boolean isStopped(CompletableFuture<String> future) throws Exception {
		// Not with a timeout of its own, for which the JDK has a thread that stays
		return future.handle((value, ex) -> ex instanceof LoopStoppedException).get(10, TimeUnit.SECONDS);
	}

}
