import config.lib.public_id
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_people'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Flag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The human/computer readable name.', max_length=100, unique=True, verbose_name='Name')),
                ('everyone', models.BooleanField(blank=True, help_text='Flip this flag on (Yes) or off (No) for everyone, overriding all other settings. Leave as Unknown to use normally.', null=True, verbose_name='Everyone')),
                ('testing', models.BooleanField(default=False, help_text='Allow this flag to be set for a session for user testing', verbose_name='Testing')),
                ('superusers', models.BooleanField(default=True, help_text='Flag always active for superusers?', verbose_name='Superusers')),
                ('staff', models.BooleanField(default=False, help_text='Flag always active for staff?', verbose_name='Staff')),
                ('authenticated', models.BooleanField(default=False, help_text='Flag always active for authenticated users?', verbose_name='Authenticated')),
                ('languages', models.TextField(blank=True, default='', help_text='Activate this flag for users with one of these languages (comma-separated list)', verbose_name='Languages')),
                ('rollout', models.BooleanField(default=False, help_text='Activate roll-out mode?', verbose_name='Rollout')),
                ('note', models.TextField(blank=True, help_text='Note where this Flag is used.', verbose_name='Note')),
                ('created', models.DateTimeField(db_index=True, default=django.utils.timezone.now, help_text='Date when this Flag was created.', verbose_name='Created')),
                ('modified', models.DateTimeField(default=django.utils.timezone.now, help_text='Date when this Flag was last modified.', verbose_name='Modified')),
                ('percent', models.DecimalField(blank=True, decimal_places=1, help_text='Which accounts is settled by their ids: raising the share keeps all who are in.', max_digits=4, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='share of accounts, in percent')),
                ('groups', models.ManyToManyField(blank=True, help_text='Activate this flag for these user groups.', to='auth.group', verbose_name='Groups')),
                ('users', models.ManyToManyField(blank=True, help_text='Activate this flag for these users.', to=settings.AUTH_USER_MODEL, verbose_name='Users')),
            ],
            options={
                'verbose_name': 'flag',
                'verbose_name_plural': 'flags',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('percent__isnull', True), models.Q(('percent__gte', 0), ('percent__lte', 100)), _connector='OR'), name='accounts_flag_percent')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True, verbose_name='code')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('revoked_at', models.DateTimeField(null=True, verbose_name='taken back')),
                ('redeemed_at', models.DateTimeField(null=True, verbose_name='used')),
                ('inviter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invited by')),
                ('redeemed_by', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='used by')),
            ],
            options={
                'verbose_name': 'invitation',
                'verbose_name_plural': 'invitations: who invited whom',
                'constraints': [models.CheckConstraint(condition=models.Q(('redeemed_at__isnull', False), ('redeemed_by__isnull', True), _connector='OR'), name='accounts_invitation_redeemed_when'), models.CheckConstraint(condition=models.Q(('redeemed_at__isnull', True), ('revoked_at__isnull', True), _connector='OR'), name='accounts_invitation_used_or_revoked'), models.CheckConstraint(condition=models.Q(models.Q(('inviter', models.F('redeemed_by')), _negated=True), ('redeemed_by__isnull', True), ('inviter__isnull', True), _connector='OR'), name='accounts_invitation_not_oneself')],
            },
        ),
        migrations.CreateModel(
            name='InvitationGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000)], verbose_name='number')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='when')),
                ('by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'further invitations',
                'verbose_name_plural': 'invitations: given by staff',
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 1000)), name='accounts_invitationgrant_number')],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('host', 'Open rooms'), ('sell', 'Sell tickets'), ('record', 'Record rooms'), ('fund', 'Apply to the fund')], editable=False, max_length=16, unique=True, verbose_name='purpose')),
            ],
            options={
                'verbose_name': 'policy',
                'verbose_name_plural': 'policies: who may',
                'constraints': [models.CheckConstraint(condition=models.Q(('purpose__in', ['host', 'sell', 'record', 'fund'])), name='accounts_policy_purpose')],
            },
        ),
        migrations.CreateModel(
            name='PolicyChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name='when')),
                ('before', models.JSONField(verbose_name='before')),
                ('after', models.JSONField(verbose_name='after')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='accounts.policy', verbose_name='policy')),
            ],
            options={
                'verbose_name': 'change',
                'verbose_name_plural': 'policies: changes',
            },
        ),
        migrations.CreateModel(
            name='PolicyException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('allow', 'allow'), ('deny', 'deny')], max_length=8, verbose_name='verdict')),
                ('reason', models.CharField(blank=True, help_text='Seen by staff only. A no needs one.', max_length=300, verbose_name='reason')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='made')),
                ('made_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exceptions', to='accounts.policy', verbose_name='policy')),
            ],
            options={
                'verbose_name': 'exception',
                'verbose_name_plural': 'policies: exceptions',
                'constraints': [models.UniqueConstraint(fields=('person', 'policy', 'verdict'), name='accounts_policyexception_once'), models.CheckConstraint(condition=models.Q(('verdict__in', ['allow', 'deny'])), name='accounts_policyexception_verdict'), models.CheckConstraint(condition=models.Q(('reason', ''), ('verdict', 'deny'), _negated=True), name='accounts_policyexception_reason', violation_error_message='Say why: a no needs a reason. Only staff see it.')],
            },
        ),
        migrations.CreateModel(
            name='PolicyWay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('followers', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100000000)], verbose_name='followers at least')),
                ('age_days', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(36500)], verbose_name='days with an account, at least')),
                ('verified_email', models.BooleanField(default=False, verbose_name='confirmed e-mail address')),
                ('second_factor', models.BooleanField(default=False, verbose_name='second factor')),
                ('invited', models.BooleanField(default=False, verbose_name='came by invitation')),
                ('on_web', models.BooleanField(default=False, verbose_name='only on: web')),
                ('on_ios', models.BooleanField(default=False, verbose_name='only on: iOS')),
                ('on_android', models.BooleanField(default=False, verbose_name='only on: Android')),
                ('flag', models.ForeignKey(blank=True, help_text='A flag that is on for chosen people or groups.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.WAFFLE_FLAG_MODEL, verbose_name='flag or group')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ways', to='accounts.policy', verbose_name='policy')),
                ('share', models.ForeignKey(blank=True, help_text='A flag with a percentage.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.WAFFLE_FLAG_MODEL, verbose_name='share of accounts')),
            ],
            options={
                'verbose_name': 'way in',
                'verbose_name_plural': 'ways in: any one is enough, and each asks for all that is filled in',
                'ordering': ('pk',),
                'constraints': [models.CheckConstraint(condition=models.Q(('followers__isnull', True), models.Q(('followers__gte', 1), ('followers__lte', 100000000)), _connector='OR'), name='accounts_policyway_followers'), models.CheckConstraint(condition=models.Q(('age_days__isnull', True), models.Q(('age_days__gte', 1), ('age_days__lte', 36500)), _connector='OR'), name='accounts_policyway_age_days')],
            },
        ),
        migrations.CreateModel(
            name='SignupChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name='when')),
                ('before', models.JSONField(verbose_name='before')),
                ('after', models.JSONField(verbose_name='after')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'change',
                'verbose_name_plural': 'sign-up: changes',
            },
        ),
        migrations.CreateModel(
            name='SignupRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('door', models.CharField(choices=[('open', 'open to everybody'), ('invitation', 'by invitation only'), ('closed', 'closed')], default='open', max_length=12, verbose_name='sign-up is')),
                ('codes_at_joining', models.PositiveSmallIntegerField(default=3, validators=[django.core.validators.MaxValueValidator(1000)], verbose_name='invitations on joining')),
                ('refill_codes', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MaxValueValidator(1000)], verbose_name='further invitations')),
                ('refill_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='every so many days')),
            ],
            options={
                'verbose_name': 'sign-up',
                'verbose_name_plural': 'sign-up',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='accounts_signuprules_single'), models.CheckConstraint(condition=models.Q(('door__in', ['open', 'invitation', 'closed'])), name='accounts_signuprules_door'), models.CheckConstraint(condition=models.Q(('codes_at_joining__lte', 1000), ('refill_codes__lte', 1000)), name='accounts_signuprules_codes'), models.CheckConstraint(condition=models.Q(('refill_days__gte', 1), ('refill_days__lte', 3650)), name='accounts_signuprules_days')],
            },
        ),
        migrations.CreateModel(
            name='Wave',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100000)], verbose_name='how many')),
                ('done', models.PositiveIntegerField(default=0, editable=False, verbose_name='let in')),
                ('site', models.URLField(editable=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='when')),
                ('finished_at', models.DateTimeField(editable=False, null=True, verbose_name='finished')),
                ('by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'wave',
                'verbose_name_plural': 'waiting list: waves',
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 100000)), name='accounts_wave_number'), models.CheckConstraint(condition=models.Q(('done__lte', models.F('number'))), name='accounts_wave_done')],
            },
        ),
        migrations.CreateModel(
            name='WaitingEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('language', models.CharField(blank=True, max_length=8, verbose_name='language')),
                ('key', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked')),
                ('mailed_at', models.DateTimeField(null=True, verbose_name='last mail')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='confirmed')),
                ('let_in_at', models.DateTimeField(null=True, verbose_name='let in')),
                ('told_at', models.DateTimeField(null=True, verbose_name='told')),
                ('invitation', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.invitation')),
                ('wave', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='entries', to='accounts.wave', verbose_name='wave')),
            ],
            options={
                'verbose_name': 'waiting',
                'verbose_name_plural': 'waiting list',
                'indexes': [models.Index(condition=models.Q(('confirmed_at__isnull', False), ('let_in_at__isnull', True)), fields=['confirmed_at', 'id'], name='accounts_waiting_queue')],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Upper('email'), name='accounts_waitingentry_email_unique_ci'), models.CheckConstraint(condition=models.Q(('let_in_at__isnull', True), ('confirmed_at__isnull', False), _connector='OR'), name='accounts_waitingentry_confirmed_first')],
            },
        ),
    ]
