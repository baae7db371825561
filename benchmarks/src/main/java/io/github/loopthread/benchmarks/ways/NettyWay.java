package io.github.loopthread.benchmarks.ways;

import java.util.List;
import java.util.concurrent.TimeUnit;

import org.springframework.context.ApplicationContext;

import io.github.loopthread.benchmarks.Target;

/**
 * The floor: an HTTP client made of Netty's codec and a queue of connections, on one
 * loop. No Reactor, no timeouts of its own, no decoding.
 */
class NettyWay implements Way {

	private final NettyHttpClient client;

	private final Target target;

	NettyWay(ApplicationContext context, Target target) {
		this.client = new NettyHttpClient(target.host(), target.port(), Target.CONNECTIONS,
				target.tls() ? Trust.nettySslContext(context) : null);
		this.target = target;
	}

	@Override
	public List<?> fetch(int calls) throws Exception {
		return this.client.get(calls, this.target::path).get(30, TimeUnit.SECONDS);
	}

	@Override
	public void close() {
		this.client.close();
	}

}
