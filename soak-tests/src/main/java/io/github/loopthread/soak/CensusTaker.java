package io.github.loopthread.soak;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.http.LoopClientHttpConnector;

/**
 * Counts what is left, and what has become of the calls.
 */
@Component
class CensusTaker {

	/** Name of tasks that are no calls. */
	static final String NO_CALL = "permit";

	private final LoopThread loopThread;

	private final LoopTemplate loop;

	private final LoopClientHttpConnector connector;

	private final Ledger ledger;

	private final ToldOutcomes told;

	private final FatalErrors fatalErrors;

	private final Leases leases;

	CensusTaker(LoopThread loopThread, LoopTemplate loop,
			ObjectProvider<LoopResource<? extends ClientHttpConnector>> connector, Ledger ledger, ToldOutcomes told,
			FatalErrors fatalErrors, Leases leases) {
		this.loopThread = loopThread;
		this.loop = loop;
		this.connector = new LoopClientHttpConnector(connector.getObject());
		this.ledger = ledger;
		this.told = told;
		this.fatalErrors = fatalErrors;
		this.leases = leases;
	}

	/** Wait until every call has ended, and what it has begun on the loop. */
	void awaitAllEnded() throws InterruptedException {
		this.ledger.awaitAllEnded();
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
		while (inUse() > 0 && System.nanoTime() < deadline) {
			TimeUnit.MILLISECONDS.sleep(5);
		}
	}

	Account account() {
		return new Account(this.ledger.begun(), this.ledger.open(), this.ledger.outcomes(),
				this.ledger.outcomesWithoutTask(), this.told.outcomes(), this.told.open(), this.ledger.violations(),
				this.loopThread.stalls(), this.fatalErrors.thrown(), this.leases.notReleased());
	}

	/**
	 * Take the census: of what is in use, and, on a loop that begins a new life without
	 * connections, of what is there.
	 */
	Census take() throws Exception {
		int inUse = inUse();
		int missingPermits = this.loopThread.getSettings().maxConcurrentTasks() - freePermits();
		assertNoValuesOnLoop();
		this.loopThread.stop();
		this.loopThread.start();
		System.gc();
		return new Census(inUse, missingPermits, threads(), sockets(), directMemory(),
				ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
	}

	private int inUse() {
		return this.loopThread.activeTasks() + this.loopThread.waitingCallers() + this.loopThread.openScopes()
				+ this.loopThread.openLeases() + this.connector.activeConnections() + this.connector.pendingRequests();
	}

	/** Take every permit that there is, and give them back. */
	private int freePermits() throws InterruptedException {
		List<CompletableFuture<?>> accepted = new ArrayList<>();
		try {
			while (true) {
				accepted.add(this.loop.withName(NO_CALL).submit(Mono.never()));
			}
		}
		catch (LoopOverloadedException ex) {
			accepted.forEach((future) -> future.cancel(false));
		}
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
		while (this.loopThread.activeTasks() > 0 && System.nanoTime() < deadline) {
			TimeUnit.MILLISECONDS.sleep(5);
		}
		return accepted.size();
	}

	private void assertNoValuesOnLoop() throws Exception {
		this.loopThread.eventLoopGroup().submit(() -> {
			if (!CallerValues.isClear()) {
				this.ledger.violated("no context is left on the loop", CallerValues.current(), null);
			}
		}).get(10, TimeUnit.SECONDS);
	}

	private static long directMemory() {
		return (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider)
				? provider.metric().usedDirectMemory() : 0;
	}

	private static Map<String, Integer> threads() {
		Map<String, Integer> threads = new TreeMap<>();
		for (Thread thread : Thread.getAllStackTraces().keySet()) {
			threads.merge(thread.getName().replaceAll("[0-9]+", "N"), 1, Integer::sum);
		}
		return threads;
	}

	private static int sockets() throws IOException {
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
			return descriptors.map(CensusTaker::target)
				.filter((target) -> target.startsWith("socket:") || target.startsWith("anon_inode:"))
				.collect(Collectors.counting())
				.intValue();
		}
	}

	private static String target(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString();
		}
		catch (IOException ex) {
			// Closed since it was listed
			return "";
		}
	}

}
