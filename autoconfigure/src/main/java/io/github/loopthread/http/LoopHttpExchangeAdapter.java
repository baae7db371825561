package io.github.loopthread.http;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.service.invoker.AbstractReactorHttpExchangeAdapter;
import org.springframework.web.service.invoker.HttpExchangeAdapter;
import org.springframework.web.service.invoker.HttpRequestValues;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;
import org.springframework.web.service.invoker.ReactorHttpExchangeAdapter;

import io.github.loopthread.LoopOperations;

/**
 * Runs the calls of HTTP interfaces, those with
 * {@link org.springframework.web.service.annotation.HttpExchange @HttpExchange} methods,
 * as tasks on the loop. A task is named after its method: {@code QuoteClient.quote}.
 * <p>
 * <b>A method with a plain return type</b> waits, as {@link LoopOperations#execute} does
 * and with the same exceptions: timeout, context, limit and refusals are those of the
 * operations that are given here.
 * <p>
 * <b>A method that returns a {@code CompletableFuture}</b> does not wait. The call is
 * submitted, and refused with an exception, as by {@link LoopOperations#submit}. <b>One
 * that returns a {@code Mono}</b>, or another reactive type of one value, does nothing
 * until it is subscribed to, and is submitted then. Where a task subscribes, on the loop
 * or behind it, there is no second task: the call belongs to the one there is.
 * <p>
 * <b>A method that returns a {@code Flux}</b>, or a {@code Mono} of a
 * {@code ResponseEntity} whose body is one, is never a task of its own, because it may go
 * on for ever. It belongs to the task that subscribes; outside of one it is as with the
 * {@code WebClient} itself.
 * <p>
 * The request is put together on the thread that calls the method. The filters of the
 * client, the exchange and the decoding of the response run on the loop; without a task,
 * filters run on the thread that subscribes.
 * <p>
 * It does not choose the client's connector: that the exchange itself runs on the loop is
 * up to the {@link LoopClientHttpConnector} of the client.
 *
 * @since 1.0.0
 */
public final class LoopHttpExchangeAdapter extends AbstractReactorHttpExchangeAdapter {

	private final ReactorHttpExchangeAdapter client;

	private final LoopOperations loop;

	private LoopHttpExchangeAdapter(ReactorHttpExchangeAdapter client, LoopOperations loop) {
		this.client = client;
		this.loop = loop;
		setReactiveAdapterRegistry(new CallAdapterRegistry(client.getReactiveAdapterRegistry()));
		setBlockTimeout(client.getBlockTimeout());
	}

	/**
	 * Create a builder of a factory whose clients run on the loop.
	 * @param client the client that sends the requests, such as the shared one
	 * @param loop what runs the calls; its timeout is that of each call
	 * @return the builder, which may be given more and is then to be built
	 * @throws IllegalArgumentException when an argument is {@code null}
	 */
	public static HttpServiceProxyFactory.Builder proxyFactoryBuilder(WebClient client, LoopOperations loop) {
		Assert.notNull(client, "'client' must not be null");
		HttpServiceProxyFactory.Builder builder = HttpServiceProxyFactory.builderFor(WebClientAdapter.create(client));
		applyTo(builder, loop);
		return builder;
	}

	/**
	 * Have a builder that comes from elsewhere, such as that of a group of HTTP services,
	 * make clients that run on the loop. A block timeout that its adapter has is kept for
	 * methods that wait.
	 * @param builder the builder; that it has an adapter for a {@code WebClient} is
	 * checked when it is built
	 * @param loop what runs the calls; its timeout is that of each call
	 * @throws IllegalArgumentException when an argument is {@code null}
	 */
	public static void applyTo(HttpServiceProxyFactory.Builder builder, LoopOperations loop) {
		Assert.notNull(builder, "'builder' must not be null");
		Assert.notNull(loop, "'loop' must not be null");
		builder.exchangeAdapterDecorator((client) -> new LoopHttpExchangeAdapter(reactive(client), loop))
			.httpRequestValuesProcessor(CalledMethod::addTo);
	}

	@Override
	public boolean supportsRequestAttributes() {
		return this.client.supportsRequestAttributes();
	}

	@Override
	public Mono<Void> exchangeForMono(HttpRequestValues values) {
		return run(values, this.client.exchangeForMono(values));
	}

	@Override
	public Mono<HttpHeaders> exchangeForHeadersMono(HttpRequestValues values) {
		return run(values, this.client.exchangeForHeadersMono(values));
	}

	@Override
	public <T> Mono<T> exchangeForBodyMono(HttpRequestValues values, ParameterizedTypeReference<T> bodyType) {
		return run(values, this.client.exchangeForBodyMono(values, bodyType));
	}

	@Override
	public <T> Flux<T> exchangeForBodyFlux(HttpRequestValues values, ParameterizedTypeReference<T> bodyType) {
		return this.client.exchangeForBodyFlux(values, bodyType);
	}

	@Override
	public Mono<ResponseEntity<Void>> exchangeForBodilessEntityMono(HttpRequestValues values) {
		return run(values, this.client.exchangeForBodilessEntityMono(values));
	}

	@Override
	public <T> Mono<ResponseEntity<T>> exchangeForEntityMono(HttpRequestValues values,
			ParameterizedTypeReference<T> bodyType) {
		return run(values, this.client.exchangeForEntityMono(values, bodyType));
	}

	@Override
	public <T> Mono<ResponseEntity<Flux<T>>> exchangeForEntityFlux(HttpRequestValues values,
			ParameterizedTypeReference<T> bodyType) {
		Mono<ResponseEntity<Flux<T>>> exchange = this.client.exchangeForEntityFlux(values, bodyType);
		CalledMethod method = CalledMethod.of(values);
		return method.waits(getReactiveAdapterRegistry())
				? Mono.justOrEmpty(new StreamedResponse<T>().await(waitingFor(method), exchange)) : exchange;
	}

	/**
	 * Run an exchange as a task. Whoever calls blocks for the outcome of a method that
	 * waits; it is there already, so that our exceptions and the task's come out as they
	 * are.
	 */
	private <T> Mono<T> run(HttpRequestValues values, Mono<T> exchange) {
		CalledMethod method = CalledMethod.of(values);
		if (method.waits(getReactiveAdapterRegistry())) {
			return Mono.justOrEmpty(waitingFor(method).execute(exchange));
		}
		return new HttpCall<>(named(method), exchange);
	}

	private LoopOperations waitingFor(CalledMethod method) {
		Duration blockTimeout = getBlockTimeout();
		return (blockTimeout != null) ? named(method).withTimeout(blockTimeout) : named(method);
	}

	private LoopOperations named(CalledMethod method) {
		return this.loop.withName(method.taskName());
	}

	private static ReactorHttpExchangeAdapter reactive(@Nullable HttpExchangeAdapter client) {
		Assert.isTrue(client instanceof ReactorHttpExchangeAdapter,
				() -> "%s cannot run on the loop. Give the factory, or the group it belongs to, a WebClient"
					.formatted(ClassUtils.getDescriptiveType(client)));
		return (ReactorHttpExchangeAdapter) client;
	}

}
