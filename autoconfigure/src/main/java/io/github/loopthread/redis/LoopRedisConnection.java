package io.github.loopthread.redis;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

import io.lettuce.core.api.StatefulConnection;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;
import org.springframework.util.ReflectionUtils;

/**
 * Connects reactive Redis commands with the task they work for. Commands of the
 * {@code reactive()} of such a connection are to their task what the exchanges of a
 * {@code WebClient} are: operators behind a reply see the caller's thread-locals, and a
 * timeout says which commands it was waiting for. Everything else is passed on as it is.
 * <p>
 * The connection may still have to be made. Whoever uses it meanwhile does not wait:
 * reactive commands, and methods that return a future, go on when it is there.
 *
 * @param <C> the type of the connection
 * @since 1.0.0
 */
public final class LoopRedisConnection<C extends StatefulConnection<?, ?>> {

	private final Supplier<? extends CompletableFuture<C>> connection;

	private LoopRedisConnection(Supplier<? extends CompletableFuture<C>> connection) {
		this.connection = connection;
	}

	/**
	 * Return a view of a connection.
	 * @param <C> the type of the connection
	 * @param type the interface of the connection, which has a method {@code reactive()}
	 * @param connection the connection
	 * @return the view, which has no other interface
	 * @throws IllegalArgumentException when an argument is {@code null}, or the type is
	 * not an interface with that method
	 */
	public static <C extends StatefulConnection<?, ?>> C of(Class<? super C> type, C connection) {
		Assert.notNull(connection, "'connection' must not be null");
		CompletableFuture<C> made = CompletableFuture.completedFuture(connection);
		return connecting(type, () -> made);
	}

	/**
	 * Return a view of a connection that is made when it is first needed.
	 * @param <C> the type of the connection
	 * @param type the interface of the connection, which has a method {@code reactive()}
	 * @param connection asked for the connection at each use; should return the same
	 * future until that has failed
	 * @return the view, which has no other interface
	 * @throws IllegalArgumentException when an argument is {@code null}, or the type is
	 * not an interface with that method
	 */
	@SuppressWarnings("unchecked")
	public static <C extends StatefulConnection<?, ?>> C connecting(Class<? super C> type,
			Supplier<? extends CompletableFuture<C>> connection) {
		Assert.notNull(type, "'type' must not be null");
		Assert.notNull(connection, "'connection' must not be null");
		Method reactive = ReflectionUtils.findMethod(type, "reactive");
		Assert.isTrue(type.isInterface() && reactive != null,
				() -> "'type' must be an interface with a method reactive(), but is %s".formatted(type.getName()));
		LoopRedisConnection<C> view = new LoopRedisConnection<>(connection);
		Object commands = proxy(reactive.getReturnType(),
				(proxy, method, arguments) -> view.call(method, arguments, (made) -> invoke(reactive, made)));
		return (C) proxy(type, (proxy, method, arguments) -> method.equals(reactive) ? commands
				: view.call(method, arguments, (made) -> made));
	}

	private @Nullable Object call(Method method, Object @Nullable [] arguments, Function<C, @Nullable Object> target) {
		CompletableFuture<C> connection = this.connection.get();
		boolean made = connection.isDone() && !connection.isCompletedExceptionally();
		Function<C, @Nullable Object> call = (to) -> invoke(method, target.apply(to), arguments);
		Class<?> type = method.getReturnType();
		if (type == Mono.class || type == Flux.class) {
			return command(method, made ? call.apply(connection.join()) : later(type, call));
		}
		if (made) {
			return call.apply(connection.join());
		}
		Assert.state(CompletionStage.class.isAssignableFrom(type) && type.isAssignableFrom(CompletableFuture.class),
				() -> "%s needs a connection to Redis, and there is none yet".formatted(method.getName()));
		return connection.thenCompose((to) -> (CompletionStage<?>) call.apply(to));
	}

	private Object later(Class<?> type, Function<C, @Nullable Object> call) {
		// Asked for again by each subscriber: the last one may have failed
		Mono<C> connection = Mono.defer(() -> Mono.fromFuture(this.connection.get(), true));
		return (type == Mono.class) ? connection.flatMap((to) -> (Mono<?>) Objects.requireNonNull(call.apply(to)))
				: connection.flatMapMany((to) -> (Flux<?>) Objects.requireNonNull(call.apply(to)));
	}

	private static @Nullable Object command(Method method, @Nullable Object publisher) {
		if (publisher instanceof Mono<?> mono) {
			return ReactiveCommand.of(method.getName(), mono);
		}
		return (publisher instanceof Flux<?> flux) ? ReactiveCommand.of(method.getName(), flux) : publisher;
	}

	private static @Nullable Object invoke(Method method, @Nullable Object target) {
		return ReflectionUtils.invokeMethod(method, target);
	}

	private static @Nullable Object invoke(Method method, @Nullable Object target, Object @Nullable [] arguments) {
		return (arguments != null) ? ReflectionUtils.invokeMethod(method, target, arguments) : invoke(method, target);
	}

	@SuppressWarnings("ReferenceEquality")
	private static Object proxy(Class<?> type, InvocationHandler handler) {
		return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type },
				(proxy, method, arguments) -> (method.getDeclaringClass() != Object.class)
						? handler.invoke(proxy, method, arguments) : switch (method.getName()) {
							case "equals" -> proxy == arguments[0];
							case "hashCode" -> System.identityHashCode(proxy);
							default -> "%s on the loop".formatted(type.getSimpleName());
						});
	}

}
