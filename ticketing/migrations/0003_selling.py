import config.lib.public_id
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('rooms', '0012_api'),
        ('ticketing', '0002_stripe'),
    ]

    operations = [
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('amount', models.PositiveIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('capacity', models.PositiveIntegerField()),
                ('taken', models.PositiveIntegerField(default=0)),
                ('sales_begin_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('sales_end_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('stopped_by_staff', models.BooleanField(default=False)),
                ('refund_all', models.CharField(blank=True, choices=[('buyer', 'asked by the buyer'), ('host', 'by the host'), ('staff', 'by staff'), ('cancelled', 'the room was cancelled'), ('no_show', 'the host did not come'), ('moved', 'the room was moved'), ('no_seat', 'there was no seat any more'), ('outside', 'made at Stripe')], max_length=9)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('room', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='offer', to='rooms.room')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('taken__lte', models.F('capacity'))), name='ticketing_offer_not_oversold'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='ticketing_offer_costs_something'), models.CheckConstraint(condition=models.Q(('capacity__gt', 0)), name='ticketing_offer_has_seats'), models.CheckConstraint(condition=models.Q(('sales_begin_at__lt', models.F('sales_end_at'))), name='ticketing_offer_sales_window')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('state', models.CharField(choices=[('held', 'seat held'), ('released', 'given up'), ('paid', 'paid'), ('refunded', 'refunded')], default='held', max_length=8)),
                ('takes_seat', models.BooleanField(default=True)),
                ('amount', models.PositiveIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('charged', models.PositiveIntegerField(null=True)),
                ('refunded', models.PositiveIntegerField(default=0)),
                ('held_until', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
                ('release_reason', models.CharField(blank=True, choices=[('expired', 'the time was over'), ('given_up', 'given up by the buyer'), ('room', 'the room was cancelled')], max_length=8)),
                ('paid_at', models.DateTimeField(null=True)),
                ('checkout_tries', models.PositiveSmallIntegerField(default=0)),
                ('session', models.CharField(blank=True, max_length=255)),
                ('payment_intent', models.CharField(blank=True, max_length=255)),
                ('charge', models.CharField(blank=True, max_length=255)),
                ('fee', models.PositiveIntegerField(null=True)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('tax_rate', models.PositiveIntegerField(null=True)),
                ('tax', models.PositiveIntegerField(null=True)),
                ('tax_evidence', models.JSONField(default=dict)),
                ('free_refund_until', models.DateTimeField(null=True)),
                ('tell_moved', models.BooleanField(default=False)),
                ('tell_bought', models.BooleanField(default=False)),
                ('dispute', models.CharField(blank=True, max_length=255)),
                ('dispute_state', models.CharField(blank=True, choices=[('', 'none'), ('open', 'open'), ('won', 'won'), ('lost', 'lost')], max_length=4)),
                ('disputed', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('buyer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='orders', to=settings.AUTH_USER_MODEL)),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='ticketing.offer')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'held')), fields=['held_until'], name='ticketing_order_holds'), models.Index(fields=['offer', 'state'], name='ticketing_order_of_offer'), models.Index(condition=models.Q(('fee', None)), fields=['paid_at'], name='ticketing_order_without_fee'), models.Index(condition=models.Q(('tell_moved', True)), fields=['id'], name='ticketing_order_tell_moved'), models.Index(condition=models.Q(('tell_bought', True)), fields=['id'], name='ticketing_order_tell_bought'), models.Index(condition=models.Q(('charge', ''), _negated=True), fields=['charge'], name='ticketing_order_by_charge')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('takes_seat', True)), fields=('offer', 'buyer'), name='ticketing_order_one_seat_each'), models.UniqueConstraint(condition=models.Q(('session', ''), _negated=True), fields=('session',), name='ticketing_order_one_session'), models.UniqueConstraint(condition=models.Q(('payment_intent', ''), _negated=True), fields=('payment_intent',), name='ticketing_order_one_payment'), models.CheckConstraint(condition=models.Q(('state__in', ['held', 'released', 'paid', 'refunded'])), name='ticketing_order_state_known'), models.CheckConstraint(condition=models.Q(('refunded', 0), models.Q(('charged__isnull', False), ('refunded__lte', models.F('charged'))), _connector='OR'), name='ticketing_order_not_over_refunded'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'held'), ('takes_seat', True)), ('state', 'paid'), models.Q(('state__in', ['released', 'refunded']), ('takes_seat', False)), _connector='OR'), name='ticketing_order_seat_fits_state'), models.CheckConstraint(condition=models.Q(models.Q(('charged__isnull', False), ('paid_at__isnull', False), ('state__in', ['paid', 'refunded'])), models.Q(('charged', None), ('paid_at', None), ('state__in', ['held', 'released'])), _connector='OR'), name='ticketing_order_paid_has_money')],
            },
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('begun_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('lines', models.PositiveIntegerField(default=0)),
                ('looked_at', models.PositiveIntegerField(default=0)),
                ('findings', models.JSONField(default=list)),
            ],
            options={
                'indexes': [models.Index(fields=['begun_at'], name='ticketing_reconciliation_begun')],
                'constraints': [models.CheckConstraint(condition=models.Q(('since__lt', models.F('until'))), name='ticketing_reconciliation_window')],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('amount', models.PositiveIntegerField()),
                ('tax', models.PositiveIntegerField(default=0)),
                ('reason', models.CharField(choices=[('buyer', 'asked by the buyer'), ('host', 'by the host'), ('staff', 'by staff'), ('cancelled', 'the room was cancelled'), ('no_show', 'the host did not come'), ('moved', 'the room was moved'), ('no_seat', 'there was no seat any more'), ('outside', 'made at Stripe')], max_length=9)),
                ('state', models.CharField(choices=[('wanted', 'on its way to Stripe'), ('pending', 'on its way to the bank'), ('succeeded', 'refunded'), ('failed', 'failed')], default='wanted', max_length=9)),
                ('stripe_id', models.CharField(blank=True, max_length=255)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('refusals', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('leased_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('settled_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='ticketing.order')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'wanted')), fields=['due_at'], name='ticketing_refund_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='ticketing_refund_above_zero'), models.CheckConstraint(condition=models.Q(('tax__lte', models.F('amount'))), name='ticketing_refund_tax_within'), models.CheckConstraint(condition=models.Q(('state__in', ['wanted', 'pending', 'succeeded', 'failed'])), name='ticketing_refund_state_known'), models.UniqueConstraint(condition=models.Q(('stripe_id', ''), _negated=True), fields=('stripe_id',), name='ticketing_refund_one_at_stripe')],
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('kind', models.CharField(choices=[('bought', 'bought'), ('guest', 'guest list')], max_length=6)),
                ('checked_in_at', models.DateTimeField(null=True)),
                ('voided_at', models.DateTimeField(null=True)),
                ('frozen_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('holder', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tickets', to=settings.AUTH_USER_MODEL)),
                ('order', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ticket', to='ticketing.order')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='rooms.room')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('voided_at', None)), fields=('room', 'holder'), name='ticketing_ticket_one_each'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'bought'), ('order__isnull', False)), models.Q(('kind', 'guest'), ('order', None)), _connector='OR'), name='ticketing_ticket_bought_has_order')],
            },
        ),
        migrations.CreateModel(
            name='WaitingPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('offered', 'offered a seat'), ('over', 'no longer waiting')], default='waiting', max_length=7)),
                ('offered_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='waiting', to='ticketing.offer')),
                ('order', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='waited', to='ticketing.order')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'over'), _negated=True), fields=('offer', 'user'), name='ticketing_waiting_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'offered'), _negated=True), models.Q(('offered_until__isnull', False), ('order__isnull', False)), _connector='OR'), name='ticketing_waiting_offered_has_order')],
            },
        ),
    ]
