package io.github.loopthread.benchmarks.ways;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.benchmarks.Item;
import io.github.loopthread.benchmarks.Target;

/**
 * A peer: Apache's asynchronous client, with its own threads.
 */
class ApacheWay implements Way {

	private final CloseableHttpAsyncClient client;

	private final JsonMapper json;

	private final Target target;

	ApacheWay(ApplicationContext context, Target target) {
		PoolingAsyncClientConnectionManagerBuilder connections = PoolingAsyncClientConnectionManagerBuilder.create()
			.setMaxConnTotal(Target.CONNECTIONS)
			.setMaxConnPerRoute(Target.CONNECTIONS);
		if (target.tls()) {
			connections.setTlsStrategy(
					ClientTlsStrategyBuilder.create().setSslContext(Trust.sslContext(context)).buildAsync());
		}
		this.client = HttpAsyncClients.custom().setConnectionManager(connections.build()).build();
		this.json = context.getBean(JsonMapper.class);
		this.target = target;
		this.client.start();
	}

	@Override
	public List<?> fetch(int calls) throws Exception {
		List<CompletableFuture<Item>> futures = new ArrayList<>(calls);
		for (int call = 0; call < calls; call++) {
			Exchange exchange = new Exchange();
			SimpleHttpRequest request = SimpleRequestBuilder.get(this.target.uri(call)).build();
			this.client.execute(request, exchange);
			futures.add(exchange.future);
		}
		CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
		return futures.stream().map(CompletableFuture::join).toList();
	}

	@Override
	public void close() throws IOException {
		this.client.close();
	}

	private final class Exchange implements FutureCallback<SimpleHttpResponse> {

		private final CompletableFuture<Item> future = new CompletableFuture<>();

		@Override
		public void completed(SimpleHttpResponse response) {
			try {
				if (response.getCode() != 200) {
					throw new IOException("Status " + response.getCode());
				}
				this.future.complete(ApacheWay.this.json.readValue(response.getBodyBytes(), Item.class));
			}
			catch (Exception ex) {
				this.future.completeExceptionally(ex);
			}
		}

		@Override
		public void failed(Exception ex) {
			this.future.completeExceptionally(ex);
		}

		@Override
		public void cancelled() {
			this.future.cancel(false);
		}

	}

}
