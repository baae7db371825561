package io.github.loopthread.faults;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;

/**
 * An authority that a client can be made to trust, and servers with certificates of its.
 */
final class TestCertificates {

	private final X509Bundle issuer = selfSigned(builder("authority"));

	X509Bundle issuer() {
		return this.issuer;
	}

	ServerSocketFactory server() {
		return server("localhost", UnaryOperator.identity());
	}

	ServerSocketFactory server(String name, UnaryOperator<CertificateBuilder> customizer) {
		CertificateBuilder builder = customizer.apply(builder(name).addSanDnsName(name));
		return sockets(create(() -> builder.buildIssuedBy(this.issuer)));
	}

	static X509Bundle selfSigned(CertificateBuilder builder) {
		return create(() -> builder.setIsCertificateAuthority(true).buildSelfSigned());
	}

	static ServerSocketFactory sockets(X509Bundle certificate) {
		return create(() -> {
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
			return context.getServerSocketFactory();
		});
	}

	static CertificateBuilder builder(String name) {
		return new CertificateBuilder().ecp256()
			.subject("CN=" + name)
			.notBefore(Instant.now().minus(Duration.ofDays(10)))
			.notAfter(Instant.now().plus(Duration.ofDays(10)));
	}

	private static <T> T create(Callable<T> factory) {
		try {
			return factory.call();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

}
