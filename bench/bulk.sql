-- Clients: names of three words and a number, so that trigrams meet a realistic spread.
INSERT INTO crm_client (id, version, created_at, updated_at, name, full_name, kind, inn, kpp, email, address, time_zone, comment,
                        last_call_at, responsible_id)
SELECT uuidv7(make_interval(secs => -(:clients: - n))), 1, now() - make_interval(secs => :clients: - n), now() - make_interval(secs => :clients: - n),
       (:forms:)[1 + n % 5] || ' «' || (:words:)[1 + (n / 5) % 30] || (:second:)[1 + (n / 150) % 20] || ' ' || (:towns:)[1 + (n / 3000) % 16] || '» ' || n,
       '', CASE WHEN n % 5 = 2 THEN 'entrepreneur' ELSE 'company' END, lpad((7700000000 + n)::text, 10, '0'), '', '', '', '', '',
       CASE WHEN n % 3 = 0 THEN now() - make_interval(secs => n % 10000000) END,
       (SELECT array_agg(id ORDER BY login) FROM staff_employee)[1 + n % :employees:]
  FROM generate_series(1, :clients:) n
;;
-- Two numbers each, written in several ways; every tenth second number is a neighbour's too.
INSERT INTO crm_phonenumber (id, as_written, e164, extension, last10, digits, kind, note, place, client_id)
SELECT uuidv7(), CASE k WHEN 0 THEN '+7 (916) ' ELSE '8 495 ' END || lpad((c.n * 3 % 10000000)::text, 7, '0'),
       e164, '', right(e164, 10), '7' || right(e164, 10), 'work', '', k, c.id
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM crm_client) c
 CROSS JOIN generate_series(0, 1) k
 CROSS JOIN LATERAL (SELECT '+7' || CASE k WHEN 0 THEN 9000000000 + c.n * 7 ELSE 4950000000 + CASE WHEN c.n % 10 = 0 THEN c.n - 1 ELSE c.n END * 3 END AS e164) numbers
;;
-- Calls of two years, newest last; two in three belong to a client.
CREATE TEMPORARY TABLE bench_client AS
SELECT row_number() OVER (ORDER BY id) AS n, id, name FROM crm_client
;;
CREATE UNIQUE INDEX ON bench_client (n)
;;
INSERT INTO calls_call (id, exchange_id, exchange_call, direction, state, status, live, number, number_shown, caller_name, line_id,
                        client_id, matches, who_picked, region, began_at, answered_at, ended_at, waiting_ms, talking_ms, answered_by,
                        first_contact, missed_seen, has_recording, end_unknown, comment, chronology, transfers, talk, search, version)
SELECT uuidv7(began - now()), (SELECT id FROM calls_exchange LIMIT 1), 'bench-' || k,
       CASE WHEN k % 10 < 6 THEN 'incoming' WHEN k % 10 < 9 THEN 'outgoing' ELSE 'internal' END, 'ended',
       CASE WHEN k % 7 = 0 THEN 'missed' WHEN k % 31 = 0 THEN 'busy' ELSE 'answered' END, false,
       '+7' || (9000000000 + (k % :clients:) * 7), '+7 ' || (9000000000 + (k % :clients:) * 7), '',
       (SELECT array_agg(id ORDER BY number) FROM calls_line)[1 + k % 4], CASE WHEN k % 3 > 0 THEN c.id END,
       '[]', false, '', began, CASE WHEN k % 7 > 0 THEN began + interval '6 seconds' END, began + interval '90 seconds',
       6000, CASE WHEN k % 7 > 0 THEN 84000 ELSE 0 END, '[]', k % 50 = 0, k % 7 > 0 OR k < :calls: - 1000, k % 7 > 0, false, '', '[]', '[]', '[]',
       CASE WHEN k % 3 > 0 THEN lower(c.name) || ' ' ELSE '' END || '7' || (9000000000 + (k % :clients:) * 7), 1
  FROM generate_series(1, :calls:) k
 CROSS JOIN LATERAL (SELECT now() - make_interval(secs => (:calls: - k) * 30) AS began) moments
  LEFT JOIN bench_client c ON c.n = 1 + k % :clients:
;;
INSERT INTO calls_callemployee (call_id, employee_id, position, answered, began_at)
SELECT id, (SELECT array_agg(id ORDER BY login) FROM staff_employee)[1 + (hashtext(id::text) & 65535) % :employees:], 0, status = 'answered', began_at
  FROM calls_call
;;
