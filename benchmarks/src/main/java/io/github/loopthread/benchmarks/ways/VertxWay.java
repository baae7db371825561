package io.github.loopthread.benchmarks.ways;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpResponseExpectation;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.benchmarks.Item;
import io.github.loopthread.benchmarks.Target;

/**
 * A peer: Vert.x's client, with its own threads and its native transport.
 */
class VertxWay implements Way {

	private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));

	private final WebClient client;

	private final JsonMapper json;

	private final Target target;

	VertxWay(ApplicationContext context, Target target) {
		WebClientOptions options = new WebClientOptions().setDefaultHost(target.host()).setDefaultPort(target.port());
		if (target.tls()) {
			options.setSsl(true).setTrustOptions(TrustOptions.wrap(Trust.trustManagers(context)));
		}
		this.client = WebClient.create(this.vertx, options, new PoolOptions().setHttp1MaxSize(Target.CONNECTIONS));
		this.json = context.getBean(JsonMapper.class);
		this.target = target;
	}

	@Override
	public List<?> fetch(int calls) throws Exception {
		List<Future<Item>> futures = new ArrayList<>(calls);
		for (int call = 0; call < calls; call++) {
			futures.add(this.client.get(this.target.path(call))
				.send()
				.expecting(HttpResponseExpectation.SC_OK)
				.map(this::decode));
		}
		return Future.all(futures).toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS).list();
	}

	private Item decode(HttpResponse<Buffer> response) {
		return this.json.readValue(response.body().getBytes(), Item.class);
	}

	@Override
	public void close() throws Exception {
		this.vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
	}

}
