package io.github.loopthread.benchmarks.ways;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.ApplicationContext;

/**
 * The upstream's certificate, for clients that do not get it from Spring Boot.
 */
final class Trust {

	private static final String BUNDLE = "upstream";

	private Trust() {
	}

	static SSLContext sslContext(ApplicationContext context) {
		return context.getBean(SslBundles.class).getBundle(BUNDLE).createSslContext();
	}

	static TrustManagerFactory trustManagers(ApplicationContext context) {
		return context.getBean(SslBundles.class).getBundle(BUNDLE).getManagers().getTrustManagerFactory();
	}

	static SslContext nettySslContext(ApplicationContext context) {
		try {
			return SslContextBuilder.forClient().trustManager(trustManagers(context)).build();
		}
		catch (SSLException ex) {
			throw new IllegalStateException("The upstream's certificate cannot be trusted", ex);
		}
	}

}
