package io.github.loopthread.autoconfigure.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionProvider;

import io.github.loopthread.redis.LoopRedisConnection;

/**
 * Makes the connections for reactive commands, and has the one that they share. Nobody
 * waits for a connection here.
 */
final class LoopConnectionProvider implements LettuceConnectionProvider {

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

	private final LettuceConnectionProvider delegate;

	private final Executor connecting;

	private final AtomicReference<@Nullable CompletableFuture<StatefulConnection<?, ?>>> shared = new AtomicReference<>();

	private final StatefulConnection<ByteBuffer, ByteBuffer> sharedView;

	LoopConnectionProvider(LettuceConnectionProvider delegate, boolean cluster) {
		this.delegate = delegate;
		// The first connection to a cluster waits for the list of its nodes
		this.connecting = cluster ? Schedulers.boundedElastic()::schedule : Runnable::run;
		this.sharedView = cluster ? view(StatefulRedisClusterConnection.class) : view(StatefulRedisConnection.class);
	}

	/**
	 * Return the shared connection, which is made when it is first needed.
	 */
	StatefulConnection<ByteBuffer, ByteBuffer> sharedView() {
		return this.sharedView;
	}

	/**
	 * Make the shared connection, unless it has been made or is being made.
	 */
	CompletableFuture<StatefulConnection<?, ?>> shared() {
		while (true) {
			CompletableFuture<StatefulConnection<?, ?>> shared = this.shared.get();
			if (shared != null && !shared.isCompletedExceptionally()) {
				return shared;
			}
			CompletableFuture<StatefulConnection<?, ?>> next = new CompletableFuture<>();
			if (this.shared.compareAndSet(shared, next)) {
				connect(StatefulConnection.class).whenComplete((connection, ex) -> {
					if (ex != null) {
						next.completeExceptionally(ex);
					}
					else {
						next.complete(connection);
					}
				});
				return next;
			}
		}
	}

	/**
	 * Close the shared connection. The next command makes another.
	 */
	void reset() {
		CompletableFuture<StatefulConnection<?, ?>> shared = this.shared.getAndSet(null);
		if (shared == null) {
			return;
		}
		CompletableFuture<Void> closed = shared.thenCompose(StatefulConnection::closeAsync);
		if (shared.isDone() && !Schedulers.isInNonBlockingThread()) {
			// Whoever shuts the client down next would close it once more
			closed.completeOnTimeout(null, CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
				.exceptionally((ex) -> null)
				.join();
		}
	}

	@Override
	public <T extends StatefulConnection<?, ?>> CompletionStage<T> getConnectionAsync(Class<T> connectionType) {
		return connect(connectionType).thenApply((connection) -> connectionType.cast(view(connection)));
	}

	@Override
	public CompletableFuture<Void> releaseAsync(StatefulConnection<?, ?> connection) {
		return this.delegate.releaseAsync(connection);
	}

	private <T extends StatefulConnection<?, ?>> CompletableFuture<T> connect(Class<T> type) {
		try {
			return CompletableFuture.supplyAsync(() -> this.delegate.getConnectionAsync(type), this.connecting)
				.thenCompose(Function.identity());
		}
		catch (RejectedExecutionException ex) {
			// Whoever waits for it is to learn that, and the next one tries again
			return CompletableFuture.failedFuture(ex);
		}
	}

	@SuppressWarnings("unchecked")
	private <C extends StatefulConnection<?, ?>> StatefulConnection<ByteBuffer, ByteBuffer> view(Class<C> type) {
		return (StatefulConnection<ByteBuffer, ByteBuffer>) LoopRedisConnection.connecting(type,
				() -> shared().thenApply(type::cast));
	}

	private static StatefulConnection<?, ?> view(StatefulConnection<?, ?> connection) {
		if (connection instanceof StatefulRedisPubSubConnection) {
			// What it receives belongs to nobody's task
			return connection;
		}
		if (connection instanceof StatefulRedisClusterConnection<?, ?> cluster) {
			return LoopRedisConnection.of(StatefulRedisClusterConnection.class, cluster);
		}
		return (connection instanceof StatefulRedisConnection<?, ?> single)
				? LoopRedisConnection.of(StatefulRedisConnection.class, single) : connection;
	}

}
