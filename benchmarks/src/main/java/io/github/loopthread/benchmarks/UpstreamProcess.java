package io.github.loopthread.benchmarks;

/**
 * The upstream, in a process of its own.
 */
final class UpstreamProcess implements AutoCloseable {

	private final Certificate certificate;

	private final Child process;

	private final Upstream.Ports ports;

	UpstreamProcess() throws Exception {
		this.certificate = Certificate.create();
		this.process = Child.start("upstream", this.certificate.certificate(), this.certificate.key());
		this.ports = this.process.await(Upstream.Ports.class);
	}

	Target target(Body body, int delayMillis, boolean tls) {
		return new Target(tls ? this.ports.tls() : this.ports.plain(), tls, body, delayMillis);
	}

	String certificate() {
		return this.certificate.certificate().toString();
	}

	@Override
	public void close() throws Exception {
		this.process.close();
		this.certificate.close();
	}

}
