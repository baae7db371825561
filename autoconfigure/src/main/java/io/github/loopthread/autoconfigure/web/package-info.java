/**
 * Auto-configuration for web servers. Servlet applications get the HTTP status of each
 * way a wait can end, and the end of what a request has left open; WebFlux ones a
 * warning.
 */
@NullMarked
package io.github.loopthread.autoconfigure.web;

import org.jspecify.annotations.NullMarked;
